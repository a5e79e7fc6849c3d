import random

from customers.numbers import ALPHABET, RANDOM, check_character, new_number


def is_number(text: str, prefix: str) -> bool:
    """What whoever reads a number of ours can tell by its check character."""
    head, _, rest = text.partition("-")
    known = head == prefix and len(rest) == RANDOM + 1 and set(rest) <= set(ALPHABET)
    return known and check_character(rest[:-1]) == rest[-1]


def test_the_alphabet_has_no_character_that_is_taken_for_another():
    assert set(ALPHABET) & set("0O1IU") == set()
    assert len(set(ALPHABET)) == len(ALPHABET) == 31


def test_a_new_number_is_known_as_ours_and_not_as_another_kind():
    number = new_number("R")

    assert is_number(number, "R")
    assert not is_number(number, "C")


def test_every_wrong_character_is_found():
    numbers = [new_number("R") for _ in range(200)]

    missed = [
        (number, place, wrong)
        for number in numbers
        for place in range(2, len(number))
        for wrong in ALPHABET
        if wrong != number[place] and is_number(number[:place] + wrong + number[place + 1 :], "R")
    ]

    assert missed == []
    assert all(is_number(number, "R") for number in numbers)


def test_every_swap_of_neighbours_is_found():
    numbers = [new_number("R") for _ in range(200)]

    swaps = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for number in numbers
        for place in range(2, len(number) - 1)
        if number[place] != number[place + 1]
    ]

    assert len(swaps) > 1000
    assert [swapped for swapped in swaps if is_number(swapped, "R")] == []


def test_what_is_too_short_too_long_or_of_another_alphabet_is_no_number():
    number = new_number("R")

    others = ["", "R", "R-", number[:-1], number + "2", number.lower(), number.replace("-", ""), f" {number}"]

    assert [is_number(text, "R") for text in others] == [False] * len(others)


def test_two_numbers_are_hardly_ever_the_same():
    random.seed(1)  # of no use to a guesser: the numbers come from elsewhere

    numbers = {new_number("R") for _ in range(2000)}

    assert len(numbers) == 2000
