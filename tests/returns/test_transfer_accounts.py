"""Which accounts can money be sent to, and how is one written down for a bank?"""

import pytest

from returns.transfer.accounts import NotAnAccount, sepa_account, vietnam_account
from returns.transfer.files import Transfer, plain, table
from returns.transfer.vietnam import BANKS, crc16, vietqr


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban: de89-3704-0044-0532-0130-00".removeprefix("iban: "), "DE89370400440532013000"),
        ("IBAN GR16 0110 1250 0000 0001 2300 695", "GR1601101250000000012300695"),
        ("ＤＥ８９ ３７０４ ００４４ ０５３２ ０１３０ ００", "DE89370400440532013000"),
        ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
    ],
)
def test_an_iban_is_read_however_it_is_typed(typed, number):
    assert sepa_account("Ada", typed).number == number


def test_every_single_wrong_character_and_every_swap_of_neighbours_is_found():
    sound = "DE89370400440532013000"
    wrong = {sound[:n] + digit + sound[n + 1 :] for n in range(2, 22) for digit in "0123456789"} - {sound}
    wrong |= {sound[:n] + sound[n + 1] + sound[n] + sound[n + 2 :] for n in range(2, 21)} - {sound}

    told = set()
    for typed in wrong:
        with pytest.raises(NotAnAccount) as no:
            sepa_account("Ada", typed)
        told.add(no.value.why)

    assert (len(wrong), told) == (195, {"digits"})


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "letters"),
        ("12345678", "letters"),
        ("DE89 3704 0044 0532 0130 0", "digits"),
        ("BR1500000000000010932840814P2", "country"),
        ("DE89370400440532013000DE89370400440532013000", "letters"),
        ("DE٨٩370400440532013000", "letters"),
    ],
)
def test_what_is_no_account_in_the_euro_area_says_why(typed, why):
    with pytest.raises(NotAnAccount) as no:
        sepa_account("Ada", typed)

    assert no.value.why == why


@pytest.mark.parametrize(
    ("bank", "typed"), [("970436", "12345"), ("970436", "1" * 20), ("1", "123456"), ("970436", "12a456")]
)
def test_what_is_no_account_in_vietnam_is_refused(bank, typed):
    with pytest.raises(NotAnAccount):
        vietnam_account("Ada", bank, typed)


def test_codes_agree_with_those_that_others_made():
    """Two codes of other programs, from account and check to check."""
    others = [
        "00020001021238570010A00000072701270006970436011308810004580860208QRIBFTTA53037045802VN6304CD60",
        "00020101021238540010A00000072701240006970436011010268061740208QRIBFTTA530370454063990005802VN"
        "5912LE PHU THACH62250821NB123ABC LE PHU THACH63049F78",
    ]

    assert [f"{crc16(text[:-4].encode()):04X}" for text in others] == [text[-4:] for text in others]
    made = vietqr(bank="970436", number="1026806174", amount=399000, purpose="NB123ABC")
    assert (
        made[: len("00020101021238540010A00000072701240006970436011010268061740208QRIBFTTA5303704540639900058")]
        == (
            others[1][
                : len("00020101021238540010A00000072701240006970436011010268061740208QRIBFTTA5303704540639900058")
            ]
        )
    )


def test_the_check_is_that_of_the_standard():
    assert crc16(b"123456789") == 0x29B1


def test_each_bank_has_its_own_number_and_name():
    assert {len(number) for number in BANKS} == {6}
    assert len(set(BANKS.values())) == len(BANKS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Jürgen Müßig", "Jurgen Mussig"),
        ("Ελένη Παπαδοπούλου", "Elene Papadopoulou"),
        ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
        ("=cmd|'/C calc'!A1", "cmd '/C calc' A1"),
        ("+49 -1 @SUM(1)", "49 -1 SUM(1)"),
        ("O’Neill & Söhne", "O'Neill Sohne"),
    ],
)
def test_names_are_written_in_letters_that_every_bank_takes(text, told):
    assert plain(text) == told


def test_no_cell_of_the_table_is_a_formula():
    content = table([Transfer(vietnam_account("=1+1", "970436", "123456"), 1, "a" * 32, "-2+3")]).decode("utf-8-sig")

    cells = [cell for line in content.splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell[:1] in set("=+-@")] == []
