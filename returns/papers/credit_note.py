"""The credit note: what went back, row by row, with the tax within it and the rule behind it."""

from datetime import date

from customers.money import written

from .facts import CreditNoteFacts
from .labels import A4, long_day
from .press import Sheet, as_html, as_pdf


def credit_note_pdf(facts: CreditNoteFacts) -> bytes:
    """A4, as many pages as the rows need. Raises PapersUnavailable."""
    return as_pdf(_credit_note(facts))


def credit_note_html(facts: CreditNoteFacts) -> str:
    """The same for a browser to print."""
    return as_html(_credit_note(facts))


def _credit_note(facts: CreditNoteFacts) -> Sheet:
    def sum_of(amount: int) -> str:
        return written(amount, facts.currency, facts.language)

    def day_of(day: date) -> str:
        return long_day(day, facts.language)

    return Sheet(
        form="credit_note",
        paper=A4,
        language=facts.language,
        words={
            "facts": facts,
            "shop": facts.shop_name,
            "shop_address": facts.shop_address,
            "number": facts.return_number,
            "note_number": facts.number,
            "cancels": facts.cancels,
            "written_on": day_of(facts.written_on),
            "ordered_on": day_of(facts.ordered_on),
            "rows": [(row, sum_of(row.amount - row.tax), sum_of(row.tax), sum_of(row.amount)) for row in facts.rows],
            "net": sum_of(facts.total - facts.tax),
            "tax": sum_of(facts.tax),
            "total": sum_of(facts.total),
            "payments": [(how, reference, sum_of(amount)) for how, reference, amount in facts.payments],
        },
    )
