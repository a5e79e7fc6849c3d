"""What the customer gets for one line: the law first, then the terms, each answer with the rule that gave it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from returns.kinds import Kind, Reason, Wish
from returns.policy import law
from returns.policy.floor import FLOORS, Ground, lawful
from returns.policy.matrix import CUSTOMER, NEEDED, NEVER, NO, NONE, ON_SUBMIT, SHOP, Cell, cell
from returns.policy.terms import Terms
from returns.policy.wished import NOTHING_TO_SEND, Wished


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is what law and terms say of the line itself; the verdicts add time, photo, sums and safety.

    `offers` in the order they are shown, none when the answer is no. `photos` are needed at least, when any is.
    `label_price` is what she pays for the way back, in the smallest unit: 0 unless `way_back` is "customer".
    `keep`: she keeps it and gets the whole of it all the same. `last_day`: None while it has not come.
    `goes_on`: after that day a person decides, for national law may give more time. `decide_up_to`: None is no limit.
    `trigger`: when money or the new piece leaves. `check`: what a person looks for when the goods are here (Art. 16).
    `rules`: the id of the rule behind each answer; "law:RIGHT" where the law put it right (`law.SOURCES`).
    """

    kind: Kind
    answer: Literal["yes", "ask", "no"]
    offers: tuple[str, ...]
    photo: Literal["never", "optional", "needed"]
    photos: int
    way_back: Literal["shop", "customer", "none"]
    label_price: int
    by_post: bool
    keep: bool
    last_day: date | None
    goes_on: bool
    fee_percent: int
    reduction_percent: int
    decide_up_to: int | None
    trigger: Literal["submit", "first_scan", "receipt", "inspection"]
    check: Literal["", "opened", "begun"]
    rules: Mapping[str, str]


def kind_of(wished: Wished, wish: str, terms: Terms) -> Kind:
    """On which ground a line stands. A fault is a claim. Money back without one, within the legal time, is a
    withdrawal, whatever reason was named: naming one never takes a right away. All else is the shop's own return."""
    if wished.is_fault and not wished.withdrawn_on:
        return Kind.CLAIM
    allowed = law.may_withdraw(wished.country, wished.product_group) != "no"
    if allowed and (wished.withdrawn_on or (wish == Wish.MONEY and in_legal_time(wished, terms))):
        return Kind.WITHDRAWAL
    return Kind.CLAIM if wished.is_fault else Kind.RETURN


def in_legal_time(wished: Wished, terms: Terms) -> bool:
    """May she still withdraw? Before it comes too; only the end is bound to possession."""
    end = legal_end(wished, terms)
    return end is None or wished.today <= end


def legal_end(wished: Wished, terms: Terms) -> date | None:
    if wished.delivered_on is None:
        return None
    return law.withdrawal_ends(wished.country, wished.delivered_on, informed=terms.withdrawal_informed)


def outcome(wished: Wished, terms: Terms) -> Outcome:
    """The answers for one line. A wish that is not known yet is taken for money, which gives the most rights."""
    wished = replace(wished, wish=wished.wish or Wish.MONEY)
    kind, told = answers(wished, terms)
    keep = _way_back(told, wished, kind, terms)
    _photo(told, wished)
    price = _label_price(told, wished, kind, terms)
    exception = law.EXCEPTIONS.get(wished.product_group)
    return Outcome(
        kind=kind,
        answer=told.get("answer"),
        offers=() if told.get("answer") == NO else tuple(str(wish) for wish in told.get("offers")),
        photo=told.get("photo"),
        photos=told.get("photos"),
        way_back=told.get("way_back"),
        label_price=price,
        by_post=told.get("by_post"),
        keep=keep,
        last_day=_last_day(told, wished, kind, terms),
        goes_on=kind == Kind.CLAIM and wished.country in law.GUARANTEE_MAY_GO_ON,
        fee_percent=told.get("fee_percent"),
        reduction_percent=told.get("reduction_percent"),
        decide_up_to=_decide_up_to(told, wished, kind),
        trigger=told.get("trigger"),
        check=exception.fact if exception and kind == Kind.WITHDRAWAL else "",
        rules=told.rules,
    )


def answers(wished: Wished, terms: Terms) -> tuple[Kind, Cell]:
    """The cell of the table that speaks for this line, as the law lets it stand, its limits as they are written."""
    kind = kind_of(wished, wished.wish, terms)
    told = cell(terms.matrix, wished, kind)
    _put_right(told, wished, kind)
    return kind, told


def last_day(wished: Wished, terms: Terms) -> date | None:
    """The last day on which this may be asked; None while it has not come."""
    return outcome(wished, terms).last_day


def _put_right(told: Cell, wished: Wished, kind: Kind) -> None:
    ground = Ground(kind, wished.reason, wished.country, wished.repaired)
    for key in FLOORS:
        value, right = lawful(key, told.get(key), ground)
        if right:
            told.set(key, value, f"law:{right}")


def _way_back(told: Cell, wished: Wished, kind: Kind, terms: Terms) -> bool:
    """Who sends it back, at whose cost. True when she keeps it though it could be sent."""
    if told.get("answer") == NO:
        told.set("way_back", NONE, told.rules["answer"])
    if told.get("way_back") != NONE and wished.wish in NOTHING_TO_SEND:
        told.set("way_back", NONE, f"wish:{wished.wish}")
    keeper = _keeper(told, wished, terms) if kind == Kind.CLAIM and told.get("way_back") != NONE else ""
    if keeper:
        told.set("way_back", NONE, told.rules[keeper])
    if told.get("way_back") == NONE:
        told.set("trigger", ON_SUBMIT, told.rules["way_back"])  # there is nothing to wait for
    return bool(keeper)


def _keeper(told: Cell, wished: Wished, terms: Terms) -> str:
    """Which answer lets her keep it: because it is unsafe, small, or dear to send."""
    if wished.wish not in (Wish.MONEY, Wish.SWAP):
        return ""
    if wished.unsafe and told.get("keep_unsafe"):
        return "keep_unsafe"
    value = wished.value + wished.kept_before  # asked for one by one, it is no smaller
    if value <= (told.get("keep_up_to") or {}).get(wished.currency, -1):
        return "keep_up_to"
    percent, cost = told.get("keep_percent"), terms.label_cost.get(wished.currency, 0)
    return "keep_percent" if percent and cost * 100 > percent * value else ""


def _photo(told: Cell, wished: Wished) -> None:
    """No photo of what is worth little; none of what is not safe to touch."""
    if told.get("photo") == NEEDED and wished.value < (told.get("photo_from") or {}).get(wished.currency, 0):
        told.set("photo", NEVER, told.rules["photo_from"])
    if wished.unsafe:
        told.set("photo", NEVER, "safety")


def _decide_up_to(told: Cell, wished: Wished, kind: Kind) -> int | None:
    """No limit for a withdrawal, or where no rule names any; nothing at all in a currency without a figure."""
    sums = None if kind == Kind.WITHDRAWAL else told.get("decide_up_to")
    return None if sums is None else sums.get(wished.currency, 0)


def _label_price(told: Cell, wished: Wished, kind: Kind, terms: Terms) -> int:
    """What she pays for the way back. On withdrawal only if she was told before, and never more than it costs us."""
    if told.get("way_back") != CUSTOMER:
        return 0
    price = terms.label_price.get(wished.currency, 0)
    if kind == Kind.WITHDRAWAL:
        if price and not law.label_may_cost(kind, told=terms.label_told, chosen=True):
            price = 0
            told.set("way_back", SHOP, "law:label")
        price = min(price, terms.label_cost.get(wished.currency, price))
    if not price:
        told.set("way_back", SHOP, told.rules["way_back"])
    return price


def _last_day(told: Cell, wished: Wished, kind: Kind, terms: Terms) -> date | None:
    """Never before the law's own last day, nor after it when the shop's terms would say no from then on."""
    if wished.delivered_on is None:
        return None
    if kind == Kind.WITHDRAWAL and cell(terms.matrix, wished, Kind.RETURN).get("answer") == NO:
        told.set("window_days", None, "law:window")
    days: Any = told.get("window_days")
    ends = [wished.delivered_on + timedelta(days=days)] if days is not None else []
    if kind == Kind.CLAIM and wished.reason != Reason.TOO_LATE:
        ends.append(
            law.guarantee_ends(
                wished.country, wished.delivered_on, repaired=wished.repaired, placed_on=wished.placed_on
            )
        )
    elif law.may_withdraw(wished.country, wished.product_group) != "no":
        end = legal_end(wished, terms)
        ends.extend([end] if end else [])
    return max(ends)
