"""The words of a case: what kind of claim it is, why, what is wanted, and what the goods were like when they came.

Plain choices without a model, so that rules, papers and faces can name them without a database.
"""

from django.db.models import TextChoices


class Kind(TextChoices):
    """On which ground a line stands. It decides the law, the sums and the clocks, and never moves to lesser rights."""

    WITHDRAWAL = "withdrawal"  # the statute: no reason, no photo, never approved or rejected
    RETURN = "return"  # the shop's own terms
    CLAIM = "claim"  # damaged, faulty, wrong, missing, not as described, not arrived
    CANCEL = "cancel"  # before it was sent
    CARRIER_RETURN = "carrier_return"  # the parcel came back by itself
    GOODWILL = "goodwill"  # money without goods


class Reason(TextChoices):
    """What the customer says the problem is, in the order of the matrix."""

    DAMAGED = "damaged"
    FAULTY = "faulty"
    WRONG_SIZE = "wrong_size"
    STYLE = "style"  # colour or style is not what she expected
    WRONG_ITEM = "wrong_item"
    MISSING = "missing"
    TOO_LATE = "too_late"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"


class Wish(TextChoices):
    """What the customer gets for a line."""

    MONEY = "money"
    SWAP = "swap"  # another size or colour, or the same item again
    REPAIR = "repair"
    REDUCTION = "reduction"  # she keeps it and gets a part back
    DELIVERY = "delivery"  # she keeps it and gets the delivery cost back
    PART = "part"  # what was missing is sent after


class Grade(TextChoices):
    """What the goods are like at the bench."""

    A = "A"  # as new
    B = "B"  # opened or tried on, can be sold
    C = "C"  # worn or damaged
    X = "X"  # not what was announced


class Disposition(TextChoices):
    """Where the goods go from the bench."""

    RESTOCK = "restock"
    WRITE_OFF = "write_off"
    SEND_BACK = "send_back"  # to the customer
