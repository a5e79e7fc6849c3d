"""Does a parcel need customs papers?"""

from .base import LabelWanted

# The European Union, and Monaco.
ONE_AREA = frozenset(
    [
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ]
)


def crosses_a_border(wanted: LabelWanted) -> bool:
    ends = {wanted.sender_country.upper(), wanted.receiver_country.upper()}
    return len(ends) > 1 and not ends <= ONE_AREA
