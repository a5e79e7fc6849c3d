"""The [terms] of a shop's file, and the command that reads them before they hold."""

import tomllib

import pytest
from django.conf import settings
from django.utils import timezone

from customers.models import Entry, Shop
from portal.shop_file import ShopFileError, read_terms
from portal.terms_toml import as_toml
from returns.models import Terms as TermsRow
from returns.policy import matrix
from returns.policy.publish import publish
from returns.policy.risks import SIGNALS
from tests import make
from tests.portal.test_commands import EXAMPLE, run, written

RULE = """
[[terms.rules]]
id = "SALE-1"
when = { tags = "sale", kind = "return", country = ["EU", "VN"], price_from = { EUR = "5.00" }, days_from = 15 }
then = { offers = ["swap"], fee_percent = 10, by_post = true, keep_up_to = { EUR = "7.50" }, answer = "ask" }
"""


def mistakes(tmp_path, text) -> list[str]:
    with pytest.raises(ShopFileError) as error:
        read_terms(tmp_path.joinpath(written(tmp_path, text)))
    return error.value.mistakes


# Reading


def test_a_file_may_hold_nothing_but_terms(tmp_path):
    told = read_terms(tmp_path.joinpath(written(tmp_path, f"[terms]\nreturn_days = 60\n{RULE}")))

    assert told == {
        "return_days": 60,
        "rules": [
            {
                "id": "SALE-1",
                "when": {
                    "tags": ["sale"],
                    "kind": ["return"],
                    "country": ["EU", "VN"],
                    "price_from": {"EUR": 500},
                    "days_from": 15,
                },
                "then": {
                    "offers": ["swap"],
                    "fee_percent": 10,
                    "by_post": True,
                    "keep_up_to": {"EUR": 750},
                    "answer": "ask",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ("return_days = 60", "", ""),
        ("return_days = 60", "return_days = -1", "terms.return_days: write a whole number from 0 to 10000"),
        ("return_days = 60", "fee_percent = 101", "terms.fee_percent: write a whole number from 0 to 100"),
        ("return_days = 60", "label_told = 1", "terms.label_told: write true or false"),
        ("return_days = 60", 'ask_when = ["mood"]', "terms.ask_when: use words from this list: many_returns, "),
        ("return_days = 60", "label_price = 3", "terms.label_price: write a table of sums, such as"),
        ('id = "SALE-1"', "", "terms.rules.1.id: write a short name in capitals, such as SALE-1"),
        ('id = "SALE-1"', 'id = "DMG-1"', "terms.rules.DMG-1.id: this name is taken: give each rule its own"),
        ('id = "SALE-1"', 'id = "sale 1"', "terms.rules.1.id: write a short name in capitals"),
        ('tags = "sale"', 'tags = "sales"', "terms.rules.SALE-1.when.tags: use words from this list: sale"),
        ('tags = "sale"', 'tag = "sale"', "terms.rules.SALE-1.when.tag: this key is not known; did you mean tags?"),
        ('kind = "return"', 'kind = "goodwill"', "terms.rules.SALE-1.when.kind: use words from this list: "),
        ('["EU", "VN"]', '["Europe"]', "terms.rules.SALE-1.when.country: "),
        ('EUR = "5.00"', "EUR = 5", "terms.rules.SALE-1.when.price_from.EUR: put quotes around the sum"),
        ("days_from = 15", 'days_from = "15"', "terms.rules.SALE-1.when.days_from: write a whole number"),
        ("days_from = 15", "differs = 1", "terms.rules.SALE-1.when.differs: write true or false"),
        ('offers = ["swap"]', "offers = []", "terms.rules.SALE-1.then.offers: use words from this list: "),
        (
            'offers = ["swap"]',
            "offer = 1",
            "terms.rules.SALE-1.then.offer: this key is not known; did you mean offers?",
        ),
        ('answer = "ask"', 'answer = "maybe"', "terms.rules.SALE-1.then.answer: use one of yes, ask, no"),
        ("by_post = true", 'by_post = "no"', "terms.rules.SALE-1.then.by_post: write true or false"),
        ("fee_percent = 10", "fee_percent = 200", "terms.rules.SALE-1.then.fee_percent: write a whole number from 0"),
        (RULE.splitlines()[4], "then = {}", "terms.rules.SALE-1.then: write what follows, such as"),
        ("[[terms.rules]]", "[terms.rules]", "terms.rules: begin each rule with [[terms.rules]]"),
    ],
)
def test_each_mistake_is_named_by_its_key(tmp_path, was, now, named):
    text = f"[terms]\nreturn_days = 60\n{RULE}"
    assert was in text
    if not named:
        assert read_terms(tmp_path.joinpath(written(tmp_path, text)))
        return

    [told] = mistakes(tmp_path, text.replace(was, now, 1))

    assert told.startswith(named)


def test_what_lessens_a_right_is_refused_with_its_article(tmp_path):
    lessening = RULE.replace('kind = "return", ', "").replace("days_from = 15", "days_to = 15")

    told = mistakes(tmp_path, f"[terms]\nreturn_days = 10\n{lessening}")

    assert told[0] == "terms.return_days: customers may withdraw for 14 days (Directive 2011/83/EU, Art. 9 and 10)"
    assert {each.partition(":")[0] for each in told} == {
        "terms.return_days",
        "terms.rules.SALE-1.offers",
        "terms.rules.SALE-1.fee_percent",
        "terms.rules.SALE-1.answer",
    }
    assert all("Art." in each for each in told)


@pytest.mark.django_db
def test_a_shops_file_that_lessens_a_right_sets_nothing_up(tmp_path):
    text = EXAMPLE.read_text().replace("return_days = 30", "return_days = 7")

    code, _, wrong = run("set_up_shop", written(tmp_path, text))

    assert code == 2
    assert "terms.return_days: customers may withdraw for 14 days (Directive 2011/83/EU" in wrong
    assert not Shop.objects.exists()


# Written back


def test_terms_written_as_toml_are_read_as_they_were(tmp_path):
    shop = read_terms(EXAMPLE)
    rules = read_terms(tmp_path.joinpath(written(tmp_path, f"[terms]\n{RULE}")))

    for numbers in (shop, {**shop, **rules}, {"return_carrier": "paper", "label_told": False}):
        assert read_terms(tmp_path.joinpath(written(tmp_path, as_toml(numbers)))) == numbers
        assert tomllib.loads(as_toml(numbers))


# terms check, terms show


def test_check_prints_every_cell_in_words_and_ends_with_0():
    code, said, _ = run("terms", "check", str(EXAMPLE))

    lines = said.splitlines()
    assert code == 0
    assert sum(line.startswith("  ") for line in lines) == 72
    assert (
        "  It is the wrong size (wrong_size): The rules say yes. Offered in this order: exchange · money back. "
        "No photo is asked for. The shop pays the way back. For 30 days after it came. [SIZ-1]"
    ) in lines


def test_check_shows_another_country_and_day(tmp_path):
    said = run("terms", "check", str(EXAMPLE), "--country", "ES", "--days", "3")[1]

    assert "It counts at once: the law says yes." in said
    assert "For 3 years after it came. (Directive (EU) 2019/771, Art. 10" in said


def test_check_names_every_mistake_and_ends_with_1(tmp_path):
    file = written(tmp_path, '[terms]\nreturn_days = "x"\nfee = 1\n')

    code, said, wrong = run("terms", "check", file)

    assert (code, said) == (1, "")
    assert wrong.splitlines()[0] == "These terms cannot hold:"
    assert [line.strip().partition(":")[0] for line in wrong.splitlines()[1:]] == ["terms.fee", "terms.return_days"]
    assert run("terms", "check", written(tmp_path, "slug = 1\n"))[2].endswith(
        "terms: is missing: begin it with [terms]"
    )


@pytest.mark.django_db
def test_show_writes_the_last_version_so_that_it_can_be_read_again(tmp_path):
    run("set_up_shop", str(EXAMPLE))

    code, said, _ = run("terms", "show")

    assert code == 0
    assert said.startswith("# Linden & Loom: version 1, for orders placed from 1970-01-01 on.\n[terms]\n")
    assert run("set_up_shop", written(tmp_path, EXAMPLE.read_text()))[1] == "Nothing to change."
    assert read_terms(tmp_path.joinpath(written(tmp_path, said))) == read_terms(EXAMPLE)


# terms dry-run


@pytest.mark.django_db
def test_a_dry_run_names_each_case_that_would_change_and_what_it_comes_to(shop, tmp_path):
    day = shop.today()
    kept = make.make_return(make.make_order(shop, delivered=day), reason="damaged")
    plain = make.make_return(make.make_order(shop, delivered=day))
    file = written(tmp_path, '[terms]\nstop_minutes = 0\n[terms.decide_up_to]\nEUR = "10.00"\n[terms.photo_from]\n')

    code, said, _ = run("terms", "dry-run", file)

    assert code == 0
    lines = said.splitlines()
    assert plain.number not in said
    assert kept.number not in said  # it waited for a person before as well: there is no photo
    assert lines[-2] == "2 cases, 0 of them otherwise than by version 1."


@pytest.mark.django_db
def test_a_dry_run_says_how_much_a_fee_would_have_kept_back(shop, tmp_path):
    late = shop.today().fromordinal(shop.today().toordinal() - 20)
    ret = make.make_return(make.make_order(shop, delivered=late))
    file = written(tmp_path, '[terms]\nfee_percent = 10\n[terms.label_cost]\nEUR = "4.00"\n')

    lines = run("terms", "dry-run", file)[1].splitlines()

    assert lines[0] == (
        f"{ret.number}: approved -> approved, refunds +0.00 EUR, fees +3.99 EUR, labels +4.00 EUR, costs you +0.01 EUR"
    )
    assert lines[1:4] == [
        "1 cases, 1 of them otherwise than by version 1.",
        "+0 approved, +0 to a person, +0 refused",
        "refunds +0.00 EUR, fees +3.99 EUR, labels +4.00 EUR, costs you +0.01 EUR",
    ]


@pytest.mark.django_db
def test_a_dry_run_wants_a_shop_and_a_number(shop, tmp_path):
    file = written(tmp_path, "[terms]\n")

    assert run("terms", "dry-run", file, "--shop", "none") == (2, "", "There is no shop none.")
    assert run("terms", "dry-run", file, "--last", "0")[0] == 2


# What staff published stays


@pytest.mark.django_db
def test_the_file_does_not_take_back_what_staff_published_unless_it_says_something_new(tmp_path, django_user_model):
    run("set_up_shop", str(EXAMPLE))
    shop = Shop.objects.get()
    pia = django_user_model.objects.create_user("pia", is_staff=True, is_superuser=True)
    mine = {**TermsRow.objects.get().numbers, "return_days": 45}
    publish(shop, mine, starts_at=timezone.now(), by=pia)

    again = run("set_up_shop", str(EXAMPLE))[1]
    other = run("set_up_shop", written(tmp_path, EXAMPLE.read_text().replace("return_days = 30", "return_days = 60")))[
        1
    ]

    assert again == "Terms version 2 stay: staff published them, and the file says nothing new."
    assert other == "Terms version 3 hold for orders placed from now on."
    told = Entry.objects.filter(verb="terms.published").order_by("pk").values_list("by", "facts__version")
    assert list(told) == [("file", 1), ("staff:pia", 2), ("file", 3)]


# The manual


def test_the_manual_names_every_condition_answer_and_signal_and_its_example_is_lawful(tmp_path):
    manual = (settings.BASE_DIR / "docs" / "terms.md").read_text()
    example = manual.partition("```toml\n")[2].partition("```")[0]

    unnamed = [name for name in (*matrix.CONDITIONS, *matrix.ANSWERS, *SIGNALS) if f"`{name}`" not in manual]
    assert unnamed == []
    assert len(read_terms(tmp_path.joinpath(written(tmp_path, f"[terms]\n{example}")))["rules"]) == 2
