"""Card numbers in free text: found however they are written, and other numbers let through."""

import random
import secrets

import pytest

from customers.numbers import new_number
from portal.customer.cards import _luhn, has_card_number

# Numbers that payment services publish for tests.
CARDS = ["4111111111111111", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117"]
CARDS += ["30569309025904", "3530111333300000", "6200000000000005", "6304000000000000"]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("apart", ["", " ", "-", " - ", ".", "\u2009", "\u200b", "–", "_"])
def test_a_card_is_found_however_its_groups_are_set_apart(card, apart):
    groups = apart.join(card[n : n + 4] for n in range(0, len(card), 4))

    assert has_card_number(f"my card {groups}, thank you")


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111 12/27 123",
        "123 4111 1111 1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "４１１１１１１１１１１１１１１１",
        "٤١١١١١١١١١١١١١١١",
        "4111\u200b1111\u200b1111\u200b1111",
        "4111\n1111\n1111\n1111",
    ],
)
def test_a_card_is_found_in_company_and_in_disguise(text):
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DE-2026-00017",
        "4111111111111112",  # the check digit is wrong
        "4006381333931",  # a bar code
        "DE89 3704 0044 0532 0130 00",  # a bank account
        "00340434161094042557",  # a parcel
        "23 November 2026, 12 pieces of 39.90",
        "+49 30 1234567 8",
        "1" * 40,
    ],
)
def test_other_numbers_are_no_cards(text):
    assert not has_card_number(text)


def test_few_numbers_of_other_kinds_are_taken_for_cards():
    dice = random.Random(7)
    ours = [new_number("R") for _ in range(2000)]
    theirs = [
        f"{dice.choice(['DE', 'A', ''])}-{dice.randrange(10**6)}-{dice.randrange(2020, 2030)}" for _ in range(2000)
    ]
    parcels = ["0034" + "".join(dice.choices("0123456789", k=16)) for _ in range(2000)]

    assert sum(has_card_number(text) for text in [*ours, *theirs, *parcels]) == 0


def test_every_made_up_card_is_found():
    for _ in range(2000):
        body = secrets.choice(["4", "51", "37", "6011"]) + str(secrets.randbelow(10**16)).zfill(16)
        body = body[: 14 if body.startswith("37") else 15]
        (card,) = [body + digit for digit in "0123456789" if _luhn(body + digit)]

        assert has_card_number(card), card


def test_a_long_row_of_digits_takes_no_time():
    assert not has_card_number("1 " * 1000)
    assert not has_card_number("-".join(["9"] * 250))
