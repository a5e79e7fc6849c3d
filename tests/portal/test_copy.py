"""The words themselves: short sentences, easy ones, and none that blames, begs or scares."""

import re
from collections import defaultdict
from pathlib import Path

import pyphen
import pytest
from babel.messages.pofile import read_po

from portal import catalogue

HOUSE = Path(__file__).parents[2]
OF_CUSTOMERS = re.compile(r"templates/(customer|letters|parts|withdrawal|4\d\d|error_base)|portal/(customer|words)")
PLACE = re.compile(r"%\((\w+)\)[a-z]")
SAMPLES = {"day": "Tuesday", "days": "3", "n": "2", "sum": "9", "time": "10:00", "number": "4711"}
END = re.compile(r"(?<=[.!?;:])\s+|\n")
# Words that an error never holds, by language; English is the list of the GOV.UK error message page.
NEVER = {
    "en": r"please|sorry|oops|unfortunately|in?valid|required|forbidden|illegal|failed to",
    "de": r"bitte|leider|entschuldig\w*|(un)?gültig\w*|erforderlich|verboten|unzulässig",
    "el": r"παρακαλώ|παρακαλούμε|συγγνώμη|δυστυχώς|(μη )?έγκυρ\w*|άκυρ\w*|υποχρεωτικ\w*|απαιτείται",
    "vi": r"xin lỗi|rất tiếc|(không )?hợp lệ|bắt buộc|thất bại",
}
# One idea, one word: what the glossary says otherwise.
NOT_OUR_WORD = {
    "en": r"RMA|shipment tracking|courier|consignment|merchandise|e-mail|log ?in|click here|user",
    "de": r"Werktag\w*|Gutschrift\w*|Benutzer\w*|Kurier\w*|Klicken Sie hier",
    "el": r"κούριερ|χρήστης|κάντε κλικ",
    "vi": r"hoàn hàng|nhấp vào đây",
}


def plain(words: str) -> str:
    return PLACE.sub(lambda found: SAMPLES.get(found[1], "Anna"), words).replace("%%", "%")


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, list[str]]]:
    """{language: {file: its sentences}} of all that customers read."""
    wanted = {_key(message.id): message for message in catalogue.collect(HOUSE) if message.id}
    told: dict[str, dict[str, list[str]]] = {}
    for language in catalogue.LANGUAGES:
        path = catalogue.po_path(HOUSE / "locale", language)
        files = told[language] = defaultdict(list)
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                for place, _line in wanted[_key(message.id)].locations if _key(message.id) in wanted else ():
                    if OF_CUSTOMERS.search(place):
                        files[place] += [plain(form) for form in _forms(message.string)]
    return told


def _key(id_: str | tuple[str, ...]) -> str:
    return id_ if isinstance(id_, str) else id_[0] if id_ else ""


def _forms(string: str | tuple[str, ...]) -> list[str]:
    return [string] if isinstance(string, str) else list(string)


def sentences(texts: list[str]) -> list[str]:
    return [part for text in texts for part in END.split(text) if part.strip()]


def words_of(texts: list[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[^\W\d_]+", text)]


def grade(texts: list[str]) -> float:
    """Flesch and Kincaid's school grade of an English text (Kincaid et al., 1975)."""
    hyphens = pyphen.Pyphen(lang="en_US")
    words = words_of(texts)
    syllables = sum(len(hyphens.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / len(sentences(texts)) + 11.8 * syllables / len(words) - 15.59


def lix(texts: list[str]) -> float:
    """Björnsson's readability index: words a sentence, and long words in a hundred."""
    words = words_of(texts)
    return len(words) / len(sentences(texts)) + 100 * sum(len(word) > 6 for word in words) / len(words)


def everything(files: dict[str, list[str]]) -> list[str]:
    return [text for texts in files.values() for text in texts]


def test_no_english_sentence_is_longer_than_twenty_words(said):
    assert {one for one in sentences(everything(said["en"])) if len(one.split()) > 20} == set()


def test_every_english_screen_is_for_the_fifth_grade(said):
    long_enough = {place: texts for place, texts in said["en"].items() if len(words_of(texts)) >= 40}

    hard = {place: round(grade(texts), 1) for place, texts in long_enough.items() if grade(texts) > 5}

    assert hard == {}
    assert len(long_enough) > 20


@pytest.mark.parametrize(("language", "most"), [("de", 40), ("el", 45)])
def test_german_and_greek_are_easy_to_read(said, language, most):
    texts = everything(said[language])

    assert lix(texts) <= most
    assert len(words_of(texts)) / len(sentences(texts)) <= 10


def test_vietnamese_sentences_are_short(said):
    texts = everything(said["vi"])

    assert len(words_of(texts)) / len(sentences(texts)) <= 14


def test_a_hard_text_is_found():
    official = [
        "Notwithstanding aforementioned contractual stipulations, reimbursement procedures necessitate verification."
    ]

    assert (grade(official) > 12, lix(official) > 60) == (True, True)
    assert grade(["Show the code. We send your money."]) < 3


@pytest.mark.parametrize("language", NEVER)
def test_nothing_begs_blames_or_scares(said, language):
    never = re.compile(rf"(?<!\w)({NEVER[language]})(?!\w)", re.IGNORECASE)

    found = {text for text in everything(said[language]) if never.search(text)}

    assert found == set()


@pytest.mark.parametrize("language", NOT_OUR_WORD)
def test_one_idea_has_one_word(said, language):
    other = re.compile(rf"(?<!\w)({NOT_OUR_WORD[language]})(?!\w)", re.IGNORECASE)

    assert {text for text in everything(said[language]) if other.search(text)} == set()
