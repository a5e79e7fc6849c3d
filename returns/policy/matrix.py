"""The table of reasons and product groups, written as an ordered list of rules: of those that fit, the later one wins
for each answer, and every answer remembers which rule gave it. A shop's own rules stand behind these."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.models import ProductGroup
from returns.kinds import Kind, Reason, Wish
from returns.policy.law import regime
from returns.policy.wished import NO_FAULT, Wished

if TYPE_CHECKING:
    from returns.policy.terms import Terms

YES, ASK, NO = "yes", "ask", "no"
NEVER, OPTIONAL, NEEDED = "never", "optional", "needed"
SHOP, CUSTOMER, NONE = "shop", "customer", "none"
ON_SUBMIT, ON_FIRST_SCAN, ON_RECEIPT, ON_INSPECTION = "submit", "first_scan", "receipt", "inspection"

# What a rule may ask, each with how it is answered. Lists hold when one of their words fits.
CONDITIONS: dict[str, Callable[[Any, Wished, str], bool]] = {
    "reason": lambda given, wished, kind: wished.reason in given,
    "group": lambda given, wished, kind: wished.product_group in given,
    "country": lambda given, wished, kind: wished.country in given or regime(wished.country) in given,
    "kind": lambda given, wished, kind: kind in given,
    "wish": lambda given, wished, kind: wished.wish in given,
    "tags": lambda given, wished, kind: not wished.tags.isdisjoint(given),
    "price_from": lambda given, wished, kind: wished.price >= given.get(wished.currency, float("inf")),
    "price_to": lambda given, wished, kind: wished.price <= given.get(wished.currency, -1),
    "days_from": lambda given, wished, kind: wished.days >= given,
    "days_to": lambda given, wished, kind: wished.days <= given,
    "returns_from": lambda given, wished, kind: wished.past.returns >= given,
    "orders_to": lambda given, wished, kind: wished.past.orders <= given,
    "differs": lambda given, wished, kind: bool(wished.differs) is given,
    "unsafe": lambda given, wished, kind: wished.unsafe is given,
    "arrived": lambda given, wished, kind: (wished.arrived is not False) is given,
    "repaired": lambda given, wished, kind: wished.repaired is given,
}
# What we know of an item beside its group, so that a rule may name it.
TAGS = {"sale": "it was bought at a discount"}

# What a rule may answer, with the words or the most it may say.
LISTS = {"offers": [str(wish) for wish in Wish]}
CHOICES = {
    "answer": [YES, ASK, NO],
    "photo": [NEVER, OPTIONAL, NEEDED],
    "way_back": [SHOP, CUSTOMER, NONE],
    "trigger": [ON_SUBMIT, ON_FIRST_SCAN, ON_RECEIPT, ON_INSPECTION],
}
FIGURES = {"photos": 5, "window_days": 10_000, "fee_percent": 100, "keep_percent": 1000, "reduction_percent": 100}
SUMS = ("photo_from", "keep_up_to", "decide_up_to")
FLAGS = ("by_post", "keep_unsafe")
ANSWERS = (*LISTS, *CHOICES, *FIGURES, *SUMS, *FLAGS)


@dataclass(frozen=True, slots=True)
class Rule:
    """`when` everything in it holds, `then` these answers. Sums are {currency: smallest unit}."""

    id: str
    when: Mapping[str, Any]
    then: Mapping[str, Any]

    def fits(self, wished: Wished, kind: str) -> bool:
        return all(CONDITIONS[name](given, wished, kind) for name, given in self.when.items())

    def as_facts(self) -> dict[str, Any]:
        """Plain JSON, as a version of the terms keeps it."""
        return {"id": self.id, "when": dict(self.when), "then": dict(self.then)}


@dataclass(slots=True)
class Cell:
    """The answers for one line, and the id of the rule that gave each."""

    answers: dict[str, Any]
    rules: dict[str, str]

    def get(self, key: str) -> Any:
        return self.answers.get(key)

    def set(self, key: str, value: Any, rule: str) -> None:
        self.answers[key], self.rules[key] = value, rule


def cell(rules: Iterable[Rule], wished: Wished, kind: str) -> Cell:
    """What the rules say of this line, in their order."""
    found = Cell({}, {})
    for rule in rules:
        if rule.fits(wished, kind):
            for key, value in rule.then.items():
                found.set(key, value, rule.id)
    return found


PARTS_UP_TO = {"EUR": 3000, "USD": 3000, "GBP": 2600, "VND": 750_000}

_OURS = [Kind.WITHDRAWAL, Kind.RETURN]  # not a fault
_PLAIN = [Reason.WRONG_SIZE, Reason.STYLE, Reason.CHANGED_MIND]
_SHOWN = [Reason.DAMAGED, Reason.FAULTY, Reason.WRONG_ITEM, Reason.STYLE]  # a picture can show it


def default_rules(terms: "Terms") -> tuple[Rule, ...]:
    """The table that holds where a shop says nothing else, with the shop's numbers in it."""
    kept = {"keep_up_to": terms.keep_up_to, "keep_unsafe": True, "keep_percent": terms.keep_percent}
    decided = {"decide_up_to": terms.decide_up_to}
    at_once = {"trigger": ON_SUBMIT}
    return (
        Rule("ALL-1", {}, {"answer": YES, "photo": NEVER, "photos": 1, "by_post": True}),
        Rule("ALL-2", {}, {"way_back": SHOP, "fee_percent": 0, "trigger": ON_INSPECTION}),
        Rule("ALL-3", {}, {"reduction_percent": terms.reduction_percent}),
        Rule(
            "ALL-4", {"kind": _OURS}, {"offers": [Wish.MONEY], "window_days": terms.return_days, "way_back": CUSTOMER}
        ),
        Rule("ALL-5", {"kind": [Kind.RETURN]}, {"fee_percent": terms.fee_percent}),
        # --- reasons
        Rule("DMG-1", {"reason": [Reason.DAMAGED]}, {"offers": [Wish.SWAP, Wish.MONEY, Wish.REDUCTION]}),
        Rule("DMG-2", {"reason": [Reason.DAMAGED]}, {"photo": NEEDED, "photo_from": terms.photo_from}),
        Rule("DMG-3", {"reason": [Reason.DAMAGED]}, {**kept, **decided}),
        Rule("DMG-4", {"reason": [Reason.DAMAGED], "wish": [Wish.SWAP]}, at_once),
        Rule("FLT-1", {"reason": [Reason.FAULTY]}, {"offers": [Wish.SWAP, Wish.MONEY], "photo": OPTIONAL}),
        Rule("FLT-2", {"reason": [Reason.FAULTY]}, {**kept, **decided}),
        Rule(
            "FLT-3",
            {"reason": [Reason.FAULTY], "days_from": 31, "repaired": False},
            {"offers": [Wish.REPAIR, Wish.SWAP]},
        ),
        Rule("FLT-4", {"reason": [Reason.FAULTY], "repaired": True}, {"offers": [Wish.MONEY, Wish.SWAP]}),
        Rule("FLT-5", {"reason": [Reason.FAULTY], "wish": [Wish.SWAP]}, at_once),
        Rule("SIZ-1", {"reason": [Reason.WRONG_SIZE]}, {"offers": [Wish.SWAP, Wish.MONEY]}),
        Rule("SIZ-2", {"reason": [Reason.WRONG_SIZE], "wish": [Wish.SWAP]}, {"way_back": SHOP}),
        Rule("STY-1", {"reason": [Reason.STYLE]}, {"offers": [Wish.SWAP, Wish.MONEY]}),
        Rule("STY-2", {"reason": [Reason.STYLE], "differs": True}, {"photo": OPTIONAL}),
        Rule("WRG-1", {"reason": [Reason.WRONG_ITEM]}, {"offers": [Wish.SWAP, Wish.MONEY], "photo": NEEDED}),
        Rule("WRG-2", {"reason": [Reason.WRONG_ITEM]}, {"keep_up_to": terms.keep_up_to, **decided}),
        Rule("WRG-3", {"reason": [Reason.WRONG_ITEM], "wish": [Wish.SWAP]}, at_once),
        Rule("MIS-1", {"reason": [Reason.MISSING]}, {"offers": [Wish.PART, Wish.MONEY], "way_back": NONE}),
        Rule("MIS-2", {"reason": [Reason.MISSING]}, {"decide_up_to": PARTS_UP_TO}),
        Rule("LAT-1", {"reason": [Reason.TOO_LATE]}, {"offers": [Wish.DELIVERY, Wish.MONEY]}),
        Rule("LAT-2", {"reason": [Reason.TOO_LATE]}, {"window_days": terms.return_days}),
        Rule(
            "LAT-3",
            {"reason": [Reason.TOO_LATE], "arrived": False},
            {"offers": [Wish.SWAP, Wish.MONEY], "way_back": NONE, "answer": ASK},
        ),
        Rule("MND-1", {"reason": [Reason.CHANGED_MIND]}, {"offers": [Wish.MONEY, Wish.SWAP]}),
        Rule("OTH-1", {"reason": [Reason.OTHER], "kind": [Kind.RETURN]}, {"answer": ASK, "photo": OPTIONAL}),
        # --- product groups
        Rule("HYG-1", {"group": [ProductGroup.HYGIENE], "reason": _PLAIN, "kind": [Kind.RETURN]}, {"answer": NO}),
        Rule("HYG-2", {"group": [ProductGroup.HYGIENE], "kind": _OURS}, {"offers": [Wish.MONEY]}),
        Rule("PER-1", {"group": [ProductGroup.PERISHABLE], "reason": _PLAIN, "kind": [Kind.RETURN]}, {"answer": NO}),
        Rule("PER-2", {"group": [ProductGroup.PERISHABLE], "kind": [Kind.CLAIM]}, {"way_back": NONE}),
        Rule(
            "PER-3",
            {"group": [ProductGroup.PERISHABLE], "kind": [Kind.CLAIM], "reason": _SHOWN},
            {"photo": NEEDED, "photo_from": {}},
        ),
        # Decided by rules for 48 hours. The guarantee goes on after that, so a person looks.
        Rule("PER-4", {"group": [ProductGroup.PERISHABLE], "kind": [Kind.CLAIM], "days_from": 3}, {"answer": ASK}),
        Rule("BLK-1", {"group": [ProductGroup.BULKY]}, {"by_post": False}),
        Rule("BLK-2", {"group": [ProductGroup.BULKY], "kind": _OURS}, {"way_back": SHOP}),
        Rule("MTO-1", {"group": [ProductGroup.MADE_TO_ORDER], "reason": _PLAIN, "kind": [Kind.RETURN]}, {"answer": NO}),
        Rule("DIG-1", {"group": [ProductGroup.DIGITAL]}, {"way_back": NONE}),
        Rule("DIG-2", {"group": [ProductGroup.DIGITAL], "reason": _PLAIN, "kind": [Kind.RETURN]}, {"answer": NO}),
        Rule("DIG-3", {"group": [ProductGroup.DIGITAL], "kind": _OURS}, {"offers": [Wish.MONEY]}),
        Rule("DIG-4", {"group": [ProductGroup.DIGITAL], "reason": _SHOWN, "kind": [Kind.CLAIM]}, {"photo": OPTIONAL}),
        Rule("DNG-1", {"group": [ProductGroup.DANGEROUS]}, {"by_post": False}),
        Rule("DNG-2", {"group": [ProductGroup.DANGEROUS], "kind": _OURS}, {"way_back": SHOP}),
        Rule(
            "HIV-1",
            {"group": [ProductGroup.HIGH_VALUE], "kind": [Kind.RETURN, Kind.CLAIM]},
            {"answer": ASK, "photo": OPTIONAL},
        ),
    )


assert set(_PLAIN) < set(NO_FAULT)  # noqa: S101 - "something else" is never refused by a program
