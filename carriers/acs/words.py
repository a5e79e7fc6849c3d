"""ACS's reasons and checkpoint texts -> ours.

From the manual "ACS Rest API" (its copy in public repositories; its own examples are of 2019 to 2020). It numbers the
state of a shipment 1 to 5 in `shipment_status`, says only of 4 what it is, and gives 5 to parcels on their way as to
parcels that wait in an office: three who built on it read three different things, and we read none.
"""

import unicodedata

from ..base import Status, SubStatus
from ..taxonomy import DATA, Meaning

# `non_delivery_reason_code` of a summary, all 14 of the manual, with its words.
REASONS: dict[str, Meaning] = {
    "ΑΔ1": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),  # ΕΝΤΟΛΗ ΠΑΡΑΛΑΒΗΣ ΑΠΟ ΓΡΑΦΕΙΟ
    "ΑΔ3": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # ΑΝΩΤΕΡΑ ΒΙΑ
    "ΑΔ8": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),  # ΠΑΡΑΔΟΣΗ RECEPTION ΕΝΤ.ΑΠΟΣΤ
    "ΑΠ1": (Status.ATTEMPTED, SubStatus.COD_NOT_PAID),  # ΑΡΝΗΣΗ ΧΡΕΩΣΗΣ
    "ΑΠ2": (Status.ATTEMPTED, SubStatus.COD_NOT_PAID),  # ΑΔΥΝΑΜΙΑ ΠΛΗΡΩΜΗΣ
    "ΑΠ3": (Status.ATTEMPTED, SubStatus.REFUSED),  # ΜΗ ΑΠΟΔΟΧΗ ΑΠΟΣΤΟΛΗΣ
    "ΑΣ1": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),  # ΑΠΩΝ
    "ΔΔ1": (Status.IN_TRANSIT, ""),  # on its way to the shop that delivers
    "ΕΑ1": (Status.IN_TRANSIT, ""),  # the same
    "ΕΔ1": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),  # ΕΛΛΙΠΗ ΔΙΚΑΙΟΛΟΓΗΤΙΚΑ
    "ΛΣ1": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),  # ΑΓΝΩΣΤΟΣ ΠΑΡΑΛΗΠΤΗΣ
    "ΛΣ3": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),  # ΛΑΝΘΑΣΜΕΝΗ, ΕΛΛΙΠΗΣ ΔΙΕΥΘΥΝΣΗ
    "ΠΑ2": (Status.ATTEMPTED, SubStatus.RESCHEDULED),  # ΝΕΑ ΗΜ/ΝΙΑ ΠΑΡΑΔ ΕΝΤΟΛ ΠΑΡ/ΠΤΗ
    "ΠΑ4": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # ΕΝΤΟΛΗ ΠΑΡΑΛΗΠΤΗ ΑΝΑΚΑΤΕΥΘΥΝΣΗ
}

# `checkpoint_action` of the details, in capitals without accents. The manual has no table of these, only the four of
# its example; the others are what people met who asked the living API (2025 to 2026). What stands in neither is UNKNOWN
# and told once, to be added.
# By how it begins; a place may follow, or why.
BEGINNINGS: dict[str, Meaning] = {
    "ΑΝΑΧΩΡΗΣΗ": (Status.IN_TRANSIT, ""),
    "ΚΕΝΤΡΟ ΔΙΑΛΟΓΗΣ": (Status.IN_TRANSIT, ""),
    # The shop that will deliver, on the way to every door; that a parcel waits there for its recipient only ΑΔ1 and
    # ΑΔ8 say.
    "ΑΦΙΞΗ ΣΕ ΚΑΤΑΣΤΗΜΑ": (Status.IN_TRANSIT, ""),
    "ΚΑΤΑΝΟΜΗ ΣΕ COURIER": (Status.OUT_FOR_DELIVERY, ""),
    "ΠΑΡΑΛΑΒΗ ΑΠΟ ΑΠΟΣΤΟΛΕΑ": (Status.ACCEPTED, ""),
    "ΕΚΤΥΠΩΣΗ ΕΤΙΚΕΤΑΣ": DATA,
    "ΜΗ ΠΑΡΑΔΟΣΗ": (Status.ATTEMPTED, ""),  # why stands in the notes, and in the summary
}
# The whole of it: what else is handed to whom, or goes back to where, is another thing.
CHECKPOINTS: dict[str, Meaning] = {
    "ΠΑΡΑΛΑΒΗ": (Status.ACCEPTED, ""),  # the first of all, hours before ΦΟΡΤΩΣΗ
    "ΦΟΡΤΩΣΗ": (Status.IN_TRANSIT, ""),
    "ΑΠΟΣΤΟΛΗ SMS": DATA,  # a message went out, no parcel
    "ΑΠΟΣΤΟΛΗ EMAIL ΣΤΟΝ ΠΑΡΑΛΗΠΤΗ": DATA,
    "ΠΑΡΑΔΟΣΗ": (Status.DELIVERED, ""),
    "ΕΠΙΣΤΡΟΦΗ": (Status.RETURNING, ""),
    "ΕΠΙΣΤΡΟΦΗ-ΠΑΡΑΔΟΣΗ ΣΤΟΝ ΑΠΟΣΤΟΛΕΑ": (Status.RETURNED, ""),
}

# Latin letters that Greeks type for their own, and that look the same.
LOOK_ALIKES = str.maketrans("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")


def folded(said: object) -> str:
    """Their text as one compares it: capitals, without accents, single blanks, Greek letters for Greek words."""
    text = unicodedata.normalize("NFD", str(said or "")).upper()
    bare = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(greek(word) for word in bare.split())


def greek(word: str) -> str:
    """A word that Greek letters cannot spell (COURIER, SMS) stays as it is."""
    spelt = word.translate(LOOK_ALIKES)
    return word if any("A" <= letter <= "Z" for letter in spelt) else spelt


def checkpoint(action: str) -> str:
    """The key of a checkpoint text in the tables, or the text itself."""
    text = folded(action)
    if text in CHECKPOINTS:
        return text
    return next((begin for begin in BEGINNINGS if text == begin or text.startswith(begin + " ")), text)
