"""S08: the terms in words; a change is tried first, and published by those who may as a version of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from functools import wraps
from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Shop
from orders.models import ProductGroup
from orders.stores.money import like, to_minor
from portal import words
from portal.faces import OWN_NAMES
from portal.policy_table import DAYS, Difference, Place, Told, differences, for_staff, line, table, told
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.templatetags.words import money
from portal.terms_file import FLAGS, MOST, SUMS
from portal.terms_toml import as_toml
from returns.errors import LessensARight, Overtaken
from returns.kinds import Kind, Reason
from returns.models import Terms as TermsRow
from returns.policy import law
from returns.policy.dry_run import dry_run
from returns.policy.lessens import lessens
from returns.policy.outcome import answers
from returns.policy.publish import latest_row, latest_terms, publish
from returns.policy.terms import Terms, terms_from

LAST = 500
SALT = "terms-to-publish"
A_DAY = 24 * 60 * 60
MOST_WORDS = 8
COUNTRIES = (*sorted(law.EEA), "GB", "VN", "CH", "US")


def publisher_page(view):
    """Only those who may publish; to other staff it is not there."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_superuser:
            raise Http404
        return view(request, *args, **kwargs)

    return staff_page(page)


# --- the table ----------------------------------------------------------------------------------------------------


class Where(forms.Form):
    """Which part of the table is shown."""

    country = forms.ChoiceField(
        label=gettext_lazy("Order to"), choices=lambda: [(code, territory(code)) for code in COUNTRIES]
    )
    days = forms.IntegerField(min_value=0, max_value=5000)
    group = forms.ChoiceField(choices=ProductGroup.choices)


def territory(code: str) -> str:
    return Locale.parse(translation.get_language() or "en").territories.get(code, code)


@dataclass
class Row:
    cell: Told
    sentences: list[str]


@staff_page
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    terms = latest_terms(shop)
    place, group = where(request, shop)
    rows = [Row(cell, for_staff(cell)) for cell in table(place, terms) if cell.group == group]
    context = {
        "place": place,
        "group": group,
        "form": Where({"country": place.country, "days": place.days, "group": group}),
        "days": sorted({*DAYS, place.days}),
        "groups": [(code, words.GROUP[code], code == group) for code in ProductGroup.values],
        "rows": rows,
        "terms": terms,
        "own_rules": [(rule.id, as_toml({"rules": [rule.as_facts()]}).partition("\n\n")[2]) for rule in terms.rules],
        "numbers": [(label, _shown(name, terms, shop.currency)) for name, label in words.NUMBER.items()],
        "versions": [
            (row.version, shop.today(row.starts_at) if row.version > 1 else None)
            for row in TermsRow.objects.filter(shop=shop).order_by("-version")[:10]
        ],
        "may_publish": request.user.is_superuser,
        "rail": rail(request),
    }
    return render(request, "staff/policy.html", context)


def _shown(name: str, terms: Terms, currency: str) -> str:
    value = getattr(terms, name)
    if isinstance(value, bool):
        return str(words.ANSWER["yes" if value else "no"])
    if isinstance(value, Mapping):
        return money(value[currency], currency) if currency in value else "–"
    return str(value)


def where(request: HttpRequest, shop: Shop) -> tuple[Place, str]:
    """As asked, else an order at home, 20 days after it came; what makes no sense is as if it had not been asked."""
    usual = {"country": shop.country, "days": 20, "group": ProductGroup.NORMAL.value}
    form = Where({**usual, **{name: request.GET[name] for name in usual if name in request.GET}})
    form.is_valid()
    asked = {**usual, **form.cleaned_data}
    return Place(asked["country"], shop.currency, asked["days"]), asked["group"]


# --- what may be changed ------------------------------------------------------------------------------------------

NUMBER_ERRORS = {
    "required": gettext_lazy("Write a whole number"),
    "invalid": gettext_lazy("Write a whole number"),
    "min_value": gettext_lazy("Write a whole number from %(limit_value)s on"),
    "max_value": gettext_lazy("Write a whole number up to %(limit_value)s"),
}


def figure(label: Any, most: int = 10_000, *, needed: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=needed, min_value=0, max_value=most, error_messages=dict(NUMBER_ERRORS)
    )


def figure_of_money(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=20, widget=forms.TextInput({"inputmode": "decimal"}))


def choice(label: Any, table: Mapping[str, Any], *, empty: bool = False) -> forms.ChoiceField:
    choices = [("", gettext_lazy("nothing more"))] if empty else []
    return forms.ChoiceField(label=label, required=not empty, choices=[*choices, *table.items()])


class WithSums(forms.Form):
    """The fields of `sums` are written as 20.00 in the shop's currency; an empty one stays as it is."""

    sums: tuple[str, ...] = ()

    def __init__(self, *args, currency: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict:
        data = super().clean() or {}
        for name in self.sums:
            written = (data.get(name) or "").strip()
            try:
                data[name] = to_minor(written, self.currency) if written else None
            except ValueError:
                self.add_error(name, _("Write a sum such as %(sum)s") % {"sum": like(1990, self.currency)})
        return data


class CellForm(WithSums):
    """One cell. What the law fixes is shown and cannot be changed."""

    sums = ("photo_from", "decide_up_to", "keep_up_to")
    scope = forms.ChoiceField(label=gettext_lazy("For which orders?"))
    answer = choice(gettext_lazy("Answer"), words.ANSWER)
    first = choice(gettext_lazy("Offered first"), words.WISH)
    second = choice(gettext_lazy("Then"), words.WISH, empty=True)
    third = choice(gettext_lazy("And then"), words.WISH, empty=True)
    decide_up_to = figure_of_money(gettext_lazy("The rules decide up to"))
    photo = choice(gettext_lazy("Photo"), words.PHOTO)
    photo_from = figure_of_money(gettext_lazy("A photo is needed from"))
    way_back = choice(gettext_lazy("Who pays the way back?"), words.PAYS)
    keep_up_to = figure_of_money(gettext_lazy("Kept by the customer up to"))
    window_days = figure(gettext_lazy("Days to ask"), needed=False)
    fee_percent = figure(gettext_lazy("Fee in percent"), MOST["fee_percent"])

    def __init__(self, *args, place: Place, locked: Mapping[str, str], **kwargs) -> None:
        super().__init__(*args, currency=place.currency, **kwargs)
        same_law = law.regime(place.country)
        scopes = {place.country: territory(place.country), same_law: words.REGIME[same_law], "all": _("All orders")}
        self.fields["scope"].choices = list(scopes.items())  # type: ignore[attr-defined]
        for name, article in locked.items():
            self.fields[name].disabled = True
            self.fields[name].help_text = _("The law says so: %(article)s") % {"article": article}

    def clean(self) -> dict:
        data = super().clean()
        offers = [data[name] for name in ("first", "second", "third") if data.get(name)]
        if len(set(offers)) < len(offers):
            self.add_error("second", _("Choose each offer only once"))
        data["offers"] = offers
        return data


CELL = ("answer", "offers", "photo", "way_back", "window_days", "fee_percent", *CellForm.sums)


class NumbersForm(WithSums):
    """The numbers of the terms, sums in the shop's currency."""

    sums = SUMS
    ask_when = forms.MultipleChoiceField(
        label=gettext_lazy("What brings a person in"),
        required=False,
        choices=list(words.RISK.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, label in words.NUMBER.items():
            if name in self.sums:
                self.fields[name] = figure_of_money(label)
            elif name in FLAGS:
                self.fields[name] = forms.BooleanField(label=label, required=False)
            else:
                self.fields[name] = figure(label, MOST.get(name, 10_000))
        self.order_fields([*words.NUMBER, "ask_when"])


class Start(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("From which day shall they hold?"),
        help_text=gettext_lazy("For orders placed from then on. Earlier orders keep the terms they were placed under."),
        widget=forms.DateInput({"type": "date"}),
        error_messages={
            "required": gettext_lazy("Enter the first day of the new terms"),
            "invalid": gettext_lazy("Enter a day, such as 2026-12-01"),
        },
    )

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        if self.cleaned_data["day"] < self.today:
            raise forms.ValidationError(_("Choose today or a later day"))
        return self.cleaned_data["day"]


@publisher_page
@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: HttpRequest, group: str, reason: str) -> HttpResponse:
    """One cell of the table. The POST tries the change."""
    shop = their_shop(request)
    if group not in ProductGroup.values or reason not in Reason.values:
        raise Http404
    terms, row = latest_terms(shop), latest_row(shop)
    place, _group = where(request, shop)
    shown = told(reason, group, place, terms)
    if shown.locked:  # by law, all of it: what may be changed is what holds afterwards
        place = replace(place, days=max(20, place.days))
        shown = told(reason, group, place, terms)
    now = _now(reason, group, place, terms)
    form = CellForm(request.POST or None, initial=_initial(now, place), place=place, locked=_locked(shown, place))
    context = {"form": form, "cell": shown, "place": place, "sentences": for_staff(shown)}
    if form.is_valid():
        then = _changed(form.cleaned_data, now, place.currency)
        numbers = _with_rule(row.numbers if row else {}, _when(shown, form.cleaned_data["scope"]), then)
        if not then:
            form.add_error(None, _("Change something first"))
        elif not _refused(form, numbers):
            return _try(request, shop, Change(numbers, row.version if row else 0, place.country))
    return _form_page(request, "staff/policy_cell.html", context)


def _now(reason: str, group: str, place: Place, terms: Terms) -> dict[str, Any]:
    """What the cell says now, before the law looks at it where the law leaves it alone."""
    _kind, found = answers(line(reason, group, place), terms)
    return {name: found.get(name) for name in CELL}


def _initial(now: Mapping[str, Any], place: Place) -> dict[str, Any]:
    sums = {name: _written(now[name], place.currency) for name in CellForm.sums}
    offers = dict(zip(("first", "second", "third"), now["offers"] or [], strict=False))
    return {**now, **offers, **sums, "scope": ""}


def _written(sums: Mapping[str, int] | None, currency: str) -> str:
    return like(sums[currency], currency) if sums and currency in sums else ""


def _locked(shown: Told, place: Place) -> dict[str, str]:
    """The fields that the law fixes here, each with its article."""
    article = law.source("no_charge", place.country) if shown.outcome.kind == Kind.CLAIM else ""
    return {"way_back": article, "fee_percent": article} if article else {}


def _changed(data: Mapping[str, Any], now: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """What a rule has to say so that the cell says this. What was left empty stays as it is."""
    then: dict[str, Any] = {}
    for name in CELL:
        value = data.get(name)
        if name in CellForm.sums and value is not None:
            value = {**(now[name] or {}), currency: value}
        if value is not None and value != now[name]:
            then[name] = value
    return then


def _when(shown: Told, scope: str) -> dict[str, Any]:
    when = {"reason": [shown.reason], "group": [shown.group], "kind": [str(shown.outcome.kind)]}
    return when if scope == "all" else {**when, "country": [scope]}


def _with_rule(numbers: Mapping[str, Any], when: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers with one rule more, as the last one. The same condition as before makes one rule of both."""
    rules = list(numbers.get("rules", ()))
    same = next((rule for rule in rules if rule["when"] == when), None)
    taken = {rule["id"] for rule in rules}
    free = next(f"OWN-{n}" for n in range(1, len(rules) + 2) if f"OWN-{n}" not in taken)
    rule = {"id": same["id"] if same else free, "when": dict(when), "then": {**(same["then"] if same else {}), **then}}
    return {**numbers, "rules": [*(each for each in rules if each is not same), rule]}


@publisher_page
@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    terms, row = latest_terms(shop), latest_row(shop)
    now = asdict(terms)
    sums = {name: _written(now[name], shop.currency) for name in NumbersForm.sums}
    form = NumbersForm(request.POST or None, initial={**now, **sums}, currency=shop.currency)
    if form.is_valid():
        changed = _new_numbers(form.cleaned_data, now, shop.currency)
        proposed = {**(row.numbers if row else {}), **changed}
        if not changed:
            form.add_error(None, _("Change something first"))
        elif not _refused(form, proposed):
            return _try(request, shop, Change(proposed, row.version if row else 0, shop.country))
    return _form_page(request, "staff/policy_numbers.html", {"form": form, "currency": shop.currency})


def _new_numbers(data: Mapping[str, Any], now: Mapping[str, Any], currency: str) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, given in data.items():
        value = given
        if name in NumbersForm.sums:
            value = now[name] if given is None else {**now[name], currency: given}
        if value != (list(now[name]) if name == "ask_when" else now[name]):
            changed[name] = value
    return changed


@publisher_page
@require_POST
def rule_out(request: HttpRequest, rule: str) -> HttpResponse:
    """Try the terms without one of the shop's own rules."""
    shop = their_shop(request)
    row = latest_row(shop)
    rules = row.numbers.get("rules", []) if row else []
    left = [each for each in rules if each["id"] != rule]
    if row is None or len(left) == len(rules):
        raise Http404
    return _try(request, shop, Change({**row.numbers, "rules": left}, row.version, shop.country))


def _form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, template, {**context, "rail": rail(request)}, status=status)


def _refused(form: forms.Form, proposed: Mapping[str, Any]) -> bool:
    """True when the terms would lessen a right: the page says which, with its article."""
    complaints = lessens(terms_from(proposed))
    for complaint in {(each.right, each.article): each for each in complaints}.values():
        sentence = _("This cannot hold: %(right)s (%(article)s).")
        form.add_error(None, sentence % {"right": words.LESSENS[complaint.right], "article": complaint.article})
    return bool(complaints)


# --- try and publish ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """Terms that nobody has published yet, the version they were worked out from, and where we look at them."""

    numbers: Mapping[str, Any]
    over: int
    country: str


def _try(request: HttpRequest, shop: Shop, change: Change, start: Start | None = None) -> HttpResponse:
    """What would change: past cases, money, and what customers read."""
    old, new = latest_terms(shop), terms_from(change.numbers)
    found = differences(change.country, shop.currency, old, new)
    context = {
        "report": dry_run(shop, old, new, last=LAST, today=shop.today()),
        "last": LAST,
        "country": change.country,
        "readings": [reading for each in found[:MOST_WORDS] if (reading := in_languages(each))["languages"]],
        "more": max(len(found) - MOST_WORDS, 0),
        "proposal": signing.dumps({"shop": shop.pk, **asdict(change)}, salt=SALT, compress=True),
        "form": start or Start(today=shop.today()),
        "rail": rail(request),
    }
    return render(request, "staff/policy_try.html", context, status=422 if start else 200)


def in_languages(difference: Difference) -> dict[str, Any]:
    """Where customers read something else, and what, in each of our languages."""
    languages = []
    for code, name in OWN_NAMES.items():
        with translation.override(code):
            was, now = difference.sentences()
        if was or now:
            languages.append((code, name, was, now))
    cells = [(words.REASON[reason], words.GROUP[group], days) for reason, group, days in difference.cells]
    return {"cells": cells[:3], "more": max(len(cells) - 3, 0), "languages": languages}


@publisher_page
@require_POST
def publish_terms(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    try:
        kept = signing.loads(request.POST.get("proposal", ""), salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        kept = {}
    if kept.pop("shop", None) != shop.pk:
        messages.error(request, _("This change is too old. Try it again."))
        return redirect("staff:policy")
    change = Change(**kept)
    start = Start(request.POST, today=shop.today())
    if not start.is_valid():
        return _try(request, shop, change, start)
    try:
        row = publish(shop, change.numbers, starts_at=_from(start, shop), by=request.user, over=change.over)
    except Overtaken:
        messages.error(request, _("Somebody published other terms meanwhile. Try your change again."))
    except LessensARight:
        messages.error(request, _("These terms take a right away. Nothing was published."))
    else:
        messages.success(request, _("Version %(version)s is published.") % {"version": row.version})
    return redirect("staff:policy")


def _from(start: Start, shop: Shop) -> datetime:
    """Today is from now on, another day from its first minute in the shop's zone."""
    day = start.cleaned_data["day"]
    return timezone.now() if day == shop.today() else datetime.combine(day, time.min, tzinfo=shop.zone)
