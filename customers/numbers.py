"""The numbers we give ourselves (R-7K3QFW2X): read aloud, typed with slips, never guessed in order.

Seven random characters and a check character from an alphabet of 31 without 0, O, 1, I and U. The weights of a
prime modulus find every single wrong character and every swap of neighbours.
"""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
RANDOM = 7


def check_character(body: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


def new_number(prefix: str) -> str:
    """A fresh number such as R-7K3QFW2X. Shape: prefix, dash, seven random characters, check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return f"{prefix}-{body}{check_character(body)}"
