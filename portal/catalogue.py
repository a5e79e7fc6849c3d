"""The catalogues of our languages: what has to be said, what is said, and where the two differ.

gettext files, read and written by Babel in Python, so that nobody needs xgettext or msgfmt.
"""

import ast
import io
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LANGUAGES = ("en", "de", "el", "vi")
# Where nothing is said to people, and where other people's code lies.
NOT_OURS = {"tests", "script", "docs", "data", "staticfiles", "static", "node_modules", "migrations", "locale"}
KEYWORDS: dict[str, None] = dict.fromkeys(
    prefix + name + suffix
    for prefix, name, suffix in itertools.product(("", "n", "p", "np"), ("gettext",), ("", "_lazy"))
) | {"_": None, "gettext_noop": None}
LITERAL = r"""[uU]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(
    rf"(?P<comment>\#[^\n]*)|(?<!\w)(?P<name>n?p?gettext|_)\((?P<words>{LITERAL}(?:\s*,\s*{LITERAL})*)", re.S
)
PO_LINE = re.compile(r'#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?"(?:[^"\\]|\\.)*"|')
# %(name)s and %s as Django and Python write them, {name} as str.format does.
PLACEHOLDER = re.compile(r"%(?:\([^)]+\))?[-+#0]*\d*(?:\.\d+)?[a-zA-Z%]|\{[a-z_][\w.]*\}")


def collect(base_dir: Path) -> Catalog:
    """Everything that our Python files and templates want said, in the order of the files."""
    wanted = Catalog(charset="utf-8", fuzzy=False)
    for path in source_files(base_dir):
        read = said_in_python if path.suffix == ".py" else said_in_template
        try:
            found = list(read(path.read_bytes()))
        except SyntaxError as error:
            raise SyntaxError(f"{path.relative_to(base_dir)}: {error}") from error
        for line, id, context in found:
            wanted.add(id, context=context, locations=[(str(path.relative_to(base_dir)), line)])
    return wanted


def source_files(base_dir: Path) -> list[Path]:
    """Our *.py and templates/**/*.{html,txt}."""
    files = []
    for folder, inner, names in os.walk(base_dir):
        inner[:] = [name for name in inner if is_ours(Path(folder, name))]
        for name in names:
            path = Path(folder, name)
            in_templates = "templates" in path.relative_to(base_dir).parts
            if path.suffix == ".py" or (path.suffix in (".html", ".txt") and in_templates):
                files.append(path)
    return sorted(files, key=lambda path: path.relative_to(base_dir).parts)


def is_ours(folder: Path) -> bool:
    return not folder.name.startswith(".") and folder.name not in NOT_OURS and not (folder / "pyvenv.cfg").exists()


Said = tuple[int, str | tuple[str, str], str | None]


def said_in_python(source: bytes) -> Iterator[Said]:
    for line, name, words, _comments in extract_python(io.BytesIO(source), KEYWORDS, [], {"encoding": "utf-8"}):
        if message := message_of(str(name), words if isinstance(words, (list, tuple)) else [words]):
            yield line, *message


def said_in_template(source: bytes) -> Iterator[Said]:
    """Django turns a template into calls of gettext; all else in it is blanked out."""
    calls = templatize(source.decode())
    for match in CALL.finditer(calls):
        if match["comment"]:
            continue
        words = ast.literal_eval(f"({match['words']},)")
        if message := message_of(match["name"], words):
            yield calls.count("\n", 0, match.start()) + 1, *message


def message_of(name: str, words: Sequence[str | None]) -> tuple[str | tuple[str, str], str | None] | None:
    """A call's message and its context; nothing when a word of it is not a literal."""
    context, words = (words[0], words[1:]) if "pgettext" in name else (None, words)
    if "pgettext" in name and context is None:
        return None
    plural = name.startswith("n")
    match [word for word in words[: 1 + plural] if word]:
        case [singular, several] if plural:
            return (singular, several), context
        case [singular] if not plural:
            return singular, context
    return None


def po_path(locale_dir: Path, language: str) -> Path:
    return locale_dir / language / "LC_MESSAGES" / "django.po"


def load(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def update(locale_dir: Path, wanted: Catalog) -> None:
    """Bring new messages in, take obsolete ones out, keep what is translated. English says what its message says."""
    for language in LANGUAGES:
        path = po_path(locale_dir, language)
        kept = load(path, language) if path.exists() else Catalog(locale=language)
        merged = Catalog(locale=language, charset="utf-8", fuzzy=False)
        for message in spoken(wanted):
            said = kept.get(message.id, message.context)
            merged.add(
                message.id,
                string=message.id if language == "en" else kept_words(said, message),
                context=message.context,
                flags=(said.flags if said else set()) & {"fuzzy"} | message.flags,
                user_comments=said.user_comments if said else (),
            )
        write(path, merged)


def kept_words(said: Message | None, message: Message) -> str | tuple[str, ...]:
    if said is None or said.id != message.id:  # new, or its plural was written anew
        return ("", "") if message.pluralizable else ""
    return strings_of(said) if message.pluralizable else strings_of(said)[0]


def strings_of(message: Message) -> tuple[str, ...]:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return tuple(string or "" for string in strings)


def write(path: Path, catalog: Catalog) -> None:
    """Our own short header: Babel's would carry the time, and every update would differ."""
    entries = io.BytesIO()
    write_po(entries, catalog, width=100, no_location=True, omit_header=True, ignore_obsolete=True)
    header = "".join(f'"{name}: {value}\\n"\n' for name, value in headers(catalog))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f'msgid ""\nmsgstr ""\n{header}\n'.encode() + entries.getvalue().strip() + b"\n")


def headers(catalog: Catalog) -> list[tuple[str, str]]:
    return [
        ("Language", str(catalog.locale_identifier)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Plural-Forms", catalog.plural_forms),
    ]


def compile_all(locale_dir: Path) -> int:
    """Write each .mo that is older than its .po; returns how many were."""
    written = 0
    for language in LANGUAGES:
        path = po_path(locale_dir, language)
        compiled = path.with_suffix(".mo")
        if not path.exists() or (compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns):
            continue
        fresh = compiled.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, load(path, language))
        fresh.replace(compiled)
        written += 1
    return written


def faults(locale_dir: Path, wanted: Catalog) -> list[str]:
    """Everything that would reach a reader untranslated or broken, a line each."""
    return [fault for language in LANGUAGES for fault in faults_in(po_path(locale_dir, language), language, wanted)]


def faults_in(path: Path, language: str, wanted: Catalog) -> Iterator[str]:
    if not path.exists():
        yield f"{language}: there is no catalogue at {path}"
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not PO_LINE.fullmatch(line.strip()):
            yield f"{language}: line {number} cannot be read: {line}"
    try:
        catalog = load(path, language)
    except Exception as error:  # whatever Babel makes of a broken file
        yield f"{language}: cannot be read: {error}"
        return
    forms = plural_count(language)
    if catalog.num_plurals != forms:
        yield f"{language}: the header says {catalog.num_plurals} plural forms, the language has {forms}"
    for message in spoken(wanted):
        place = ":".join(map(str, message.locations[0])) if message.locations else ""
        said = catalog.get(message.id, message.context)
        if said is None or (message.pluralizable and said.id != message.id):
            yield f"{language}: missing: {name_of(message)} ({place})"
        else:
            yield from (
                f"{language}: {fault}: {name_of(message)} ({place})" for fault in faults_of(said, message, forms)
            )
    for message in spoken(catalog):
        if wanted.get(message.id, message.context) is None:
            yield f"{language}: obsolete: {name_of(message)}"
    for message in catalog.obsolete.values():
        yield f"{language}: obsolete: {name_of(message)}"


def faults_of(said: Message, message: Message, forms: int) -> Iterator[str]:
    strings = strings_of(said)
    if said.fuzzy:
        yield "fuzzy"
    if len(strings) != (forms if message.pluralizable else 1):
        yield f"has {len(strings)} plural forms instead of {forms if message.pluralizable else 1}"
    elif not all(strings):
        yield "not translated"
    else:
        yield from placeholder_faults(message, strings)


def placeholder_faults(message: Message, strings: tuple[str, ...]) -> Iterator[str]:
    """The singular may say “one” instead of its number; the last form holds for all numbers, so it holds all."""
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    for form, string in enumerate(strings):
        like = [ids[-1]] if form == len(strings) - 1 else [*ids]
        if placeholders(string) not in [placeholders(id) for id in like]:
            have, want = sorted(placeholders(string).elements()), sorted(placeholders(like[-1]).elements())
            yield f"placeholders are {have or 'none'} instead of {want or 'none'}"
        elif any("%" in one for id in ids for one in PLACEHOLDER.findall(id)) and (error := format_error(string)):
            yield f"cannot be filled in ({error})"


class Anything(dict[str, int]):
    def __missing__(self, name: str) -> int:
        return 1


def format_error(text: str) -> str:
    """What Python says when it fills in the text; a lone % after a number is the usual slip."""
    positional = [one for one in placeholders(text) if not one.startswith(("%(", "{"))]
    try:
        text % ((1,) * sum(placeholders(text)[one] for one in positional) if positional else Anything())
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def placeholders(text: str) -> Counter[str]:
    return Counter(one for one in PLACEHOLDER.findall(text) if one != "%%")


def plural_count(language: str) -> int:
    return Catalog(locale=language).num_plurals


def spoken(catalog: Catalog) -> list[Message]:
    """The messages, without the header."""
    return [message for message in catalog if message.id]


def name_of(message: Message) -> str:
    id = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    short = " ".join(id.split())
    context = f"{message.context}: " if message.context else ""
    return f"{context}“{short if len(short) <= 80 else short[:79] + '…'}”"
