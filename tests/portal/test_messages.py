from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from portal import catalogue

PYTHON = b"""
from django.utils.translation import gettext as _, gettext_lazy, ngettext, npgettext, pgettext

TITLE = gettext_lazy("Your return")
def greet(name, n):
    return (
        _("Hello %(name)s") % {"name": name},
        ngettext("%(n)s parcel", "%(n)s parcels", n),
        pgettext("verb", "Order"),
        npgettext("shelf", "one box", "%(n)s boxes", n),
        _("two " "halves"),
        _(name),
        _(f"not {name}"),
    )
"""
TEMPLATE = """
{% load i18n %}<p>_("never") gettext('never')</p>
{% translate "Your order" %} {% trans 'Track' context "button" %} {% translate "100% wool" as wool %}
{% blocktranslate with name=order.name %}Hello {{ name }}{% endblocktranslate %}
{% blocktranslate trimmed count n=parcels|length %}
  One parcel
  is on the way.
{% plural %}
  {{ n }} parcels
  are on the way.
{% endblocktranslate %}
{% blocktranslate trimmed context "letter" %}
  Dear
  customer
{% endblocktranslate %}
{% blocktranslate count n=n context "shelf" %}box{% plural %}{{ n }} boxes{% endblocktranslate %}
{{ _("In a variable") }} {{ name|default:_("nobody") }} {% include "x.html" with title=_("In a tag") %}
{# translate "commented out" #}{% comment %}{% translate "out too" %}{% endcomment %}
{% translate variable %}
"""


@pytest.fixture
def house(tmp_path):
    """A small repository with one Python file and one template, its catalogues complete."""
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal/views.py").write_text('_("Hello %(name)s")\nngettext("One box", "%(n)s boxes", n)\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.txt").write_text('{% translate "Save" context "button" %}')
    renew(tmp_path)
    for language in ("de", "el", "vi"):
        fill(tmp_path, language)
    return tmp_path


def renew(house):
    catalogue.update(house / "locale", catalogue.collect(house))


def fill(house, language):
    path = catalogue.po_path(house / "locale", language)
    catalog = catalogue.load(path, language)
    for message in catalogue.spoken(catalog):
        if message.pluralizable:
            message.string = tuple([message.id[1]] * catalog.num_plurals)
        else:
            message.string = message.id
    catalogue.write(path, catalog)


def faults(house):
    return catalogue.faults(house / "locale", catalogue.collect(house))


def change(house, language, old, new):
    path = catalogue.po_path(house / "locale", language)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def text_of(house, language):
    return catalogue.po_path(house / "locale", language).read_text()


def said(read, source):
    return [(id, context) for _line, id, context in read(source)]


def test_words_are_found_in_python():
    assert said(catalogue.said_in_python, PYTHON) == [
        ("Your return", None),
        ("Hello %(name)s", None),
        (("%(n)s parcel", "%(n)s parcels"), None),
        ("Order", "verb"),
        (("one box", "%(n)s boxes"), "shelf"),
        ("two halves", None),
    ]


def test_words_are_found_in_templates_as_django_will_ask_for_them():
    assert said(catalogue.said_in_template, TEMPLATE.encode()) == [
        ("Your order", None),
        ("Track", "button"),
        ("100%% wool", None),
        ("Hello %(name)s", None),
        (("One parcel is on the way.", "%(n)s parcels are on the way."), None),
        ("Dear customer", "letter"),
        (("box", "%(n)s boxes"), "shelf"),
        ("In a variable", None),
        ("nobody", None),
        ("In a tag", None),
    ]


def test_a_template_that_cannot_be_read_is_named(house):
    (house / "templates/bad.html").write_text("{% blocktranslate %}{% if a %}{% endblocktranslate %}")

    with pytest.raises(SyntaxError, match=r"templates/bad\.html"):
        catalogue.collect(house)


def test_tests_environments_and_hidden_folders_are_not_searched(house):
    for folder in ("tests", ".venv", "env", "portal/migrations"):
        (house / folder).mkdir()
        (house / folder / "words.py").write_text('_("Nobody reads this")')
    (house / "env/pyvenv.cfg").touch()

    assert faults(house) == []


def test_a_complete_house_has_no_faults(house):
    assert faults(house) == []


def test_an_update_of_what_is_up_to_date_changes_no_letter(house):
    before = {language: text_of(house, language) for language in catalogue.LANGUAGES}

    renew(house)

    assert {language: text_of(house, language) for language in catalogue.LANGUAGES} == before


def test_an_update_keeps_translations_brings_new_messages_and_drops_old_ones(house):
    change(house, "de", 'msgstr "Save"', 'msgstr "Speichern"')
    (house / "portal/views.py").write_text('_("Hello %(name)s")\n_("Saves")\n')

    renew(house)

    german, english = text_of(house, "de"), text_of(house, "en")
    assert 'msgstr "Speichern"' in german
    assert 'msgid "Saves"\nmsgstr ""' in german
    assert 'msgid "Saves"\nmsgstr "Saves"' in english
    assert "boxes" not in german
    assert "fuzzy" not in german
    assert "views.py" not in german
    assert {fault.split(" (")[0] for fault in faults(house)} == {
        f"{language}: not translated: “Saves”" for language in ("de", "el", "vi")
    }


def test_a_plural_written_anew_is_translated_anew(house):
    (house / "portal/views.py").write_text('_("Hello %(name)s")\nngettext("One box", "%(n)s crates", n)\n')
    assert next(fault.split(" (")[0] for fault in faults(house)) == "en: missing: “One box”"

    renew(house)

    assert 'msgstr[0] ""' in text_of(house, "de")


@pytest.mark.parametrize(
    ("language", "old", "new", "fault"),
    [
        ("de", 'msgstr "Save"', 'msgstr ""', "not translated: button: “Save”"),
        ("de", 'msgctxt "button"\n', "", "missing: button: “Save”"),
        ("de", "#, python-format\nmsgid", "#, python-format, fuzzy\nmsgid", "fuzzy: “Hello %(name)s”"),
        ("el", 'msgstr "Hello %(name)s"', 'msgstr "Hello %(nom)s"', "placeholders are ['%(nom)s'] instead"),
        ("el", 'msgstr "Hello %(name)s"', 'msgstr "Hello"', "placeholders are none instead of ['%(name)s']"),
        ("el", 'msgstr "Hello %(name)s"', 'msgstr "Hello %(name)"', "placeholders are none instead"),
        ("el", 'msgstr "Hello %(name)s"', 'msgstr "100 % %(name)s"', "cannot be filled in"),
        ("de", 'msgstr[1] "%(n)s boxes"', 'msgstr[1] "Kisten"', "placeholders are none instead of ['%(n)s']"),
        ("de", 'msgstr[1] "%(n)s boxes"', 'msgstr[1] ""', "not translated: “One box”"),
        ("vi", 'msgstr[0] "%(n)s boxes"', 'msgstr[0] "thùng"', "placeholders are none instead of ['%(n)s']"),
        ("vi", "nplurals=1; plural=0", "nplurals=2; plural=(n != 1)", "says 2 plural forms, the language has 1"),
        ("vi", 'msgstr[0] "%(n)s boxes"', 'msgstr[0] "%(n)s"\nmsgstr[1] "%(n)s"', "cannot be read"),
        ("de", "nplurals=2; plural=(n != 1)", "nplurals=1; plural=0", "cannot be read"),
        ("en", 'msgid "Save"', 'msgid "Saved"', "obsolete: button: “Saved”"),
        ("en", 'msgid "Save"', '#~ msgid "Gone"\n#~ msgstr "Gone"\n\nmsgid "Save"', "obsolete"),
        ("de", 'msgstr "Save"', "msgstr Save", "line 21 cannot be read: msgstr Save"),
    ],
)
def test_each_fault_is_found_and_named(house, language, old, new, fault):
    change(house, language, old, new)

    found = faults(house)

    assert [line for line in found if line.startswith(f"{language}: ") and fault in line], found


def test_the_singular_may_say_one_instead_of_its_number(house):
    change(house, "de", 'msgstr[0] "%(n)s boxes"', 'msgstr[0] "Eine Kiste"')

    assert faults(house) == []


def test_a_missing_catalogue_is_named(house):
    catalogue.po_path(house / "locale", "el").unlink()

    assert [fault.partition(" at ")[0] for fault in faults(house)] == ["el: there is no catalogue"]


def test_only_what_is_older_is_compiled(house):
    assert catalogue.compile_all(house / "locale") == 4
    assert catalogue.compile_all(house / "locale") == 0

    change(house, "de", 'msgstr "Save"', 'msgstr "Speichern"')

    assert catalogue.compile_all(house / "locale") == 1
    assert b"Speichern" in catalogue.po_path(house / "locale", "de").with_suffix(".mo").read_bytes()


def test_every_message_is_there_in_four_languages():
    house = Path(__file__).parents[2]

    assert catalogue.faults(house / "locale", catalogue.collect(house)) == []


def test_what_is_written_is_a_catalogue_to_others_too(house):
    with catalogue.po_path(house / "locale", "vi").open("rb") as file:
        catalog = read_po(file)

    assert (str(catalog.locale), catalog.num_plurals, catalog.charset) == ("vi", 1, "utf-8")
