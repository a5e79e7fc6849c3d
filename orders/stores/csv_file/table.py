"""A CSV file as rows with line numbers and named cells, and the errors found in them. It holds one order's rows."""

import csv
import difflib
import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any, TextIO, TypeVar

from ..base import RowError
from ..errors import StoreError
from .cells import BadCell

T = TypeVar("T")
MOST_ROWS = 500  # of one order: a file whose every row has one number must not fill the memory
MOST_ERRORS = 100
LONGEST_LINE = 1_000_000


class Row:
    """One line of the file: its filled cells by column, stripped."""

    __slots__ = ("cells", "line")

    def __init__(self, line: int, cells: dict[str, str]) -> None:
        self.line = line
        self.cells = cells

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Table:
    """The file below its header.

    `known` makes an unknown column an error: a money column with a slip in its name would be passed over in silence.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        needed: Collection[str],
        known: Collection[str] | None = None,
        rename: Callable[[str], str] = str,
    ) -> None:
        self.lines = lines_of(stream)
        first = next(self.lines, "")
        header = first.removeprefix("\ufeff")
        if not header.strip():
            raise StoreError("The file is empty: its first line must name the columns.")
        self.reader = csv.reader(self.put_back(header), delimiter=delimiter_of(header), strict=True)
        self.columns = [rename(" ".join(name.split())) for name in self.next_cells()]
        self.check_columns(needed, known)

    def put_back(self, header: str) -> Iterator[str]:
        yield header
        yield from self.lines

    def check_columns(self, needed: Collection[str], known: Collection[str] | None) -> None:
        named = [column for column in self.columns if column]
        if missing := [column for column in needed if column not in named]:
            raise StoreError(f"These columns are missing in the first line: {', '.join(missing)}.")
        if twice := sorted({column for column in named if named.count(column) > 1}):
            raise StoreError(f"These columns are named twice in the first line: {', '.join(twice)}.")
        if known is None:
            return
        if unknown := [column for column in named if column not in known]:
            hints = [hint(column, known) for column in unknown]
            raise StoreError(f"These columns are not known: {', '.join(hints)}. Rename them or take them out.")

    def next_cells(self) -> list[str]:
        try:
            return next(self.reader)
        except csv.Error as error:
            raise StoreError(
                f"Line {self.reader.line_num} is not CSV ({error}): look for a quote that is not closed."
            ) from error

    def __iter__(self) -> Iterator[Row]:
        while True:
            line = self.reader.line_num + 1
            try:
                cells = self.next_cells()
            except StopIteration:
                return
            if any(cell.strip() for cell in cells):
                yield Row(line, self.named(cells))

    def named(self, cells: list[str]) -> dict[str, str]:
        # Spreadsheets leave out empty cells at the end of a row; too many cells are a comma without quotes.
        named = {
            column: clean
            for column, cell in zip(self.columns, cells, strict=False)
            if column and (clean := cell.strip())
        }
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            named[""] = "more cells than columns"
        return named


def lines_of(stream: TextIO) -> Iterator[str]:
    """The stream's lines, with its own troubles told in our words."""
    for count in itertools.count(1):
        try:
            line = stream.readline(LONGEST_LINE)
        except UnicodeDecodeError as error:
            raise StoreError(f"The file is not UTF-8 (near line {count}): save it as CSV UTF-8.") from error
        if len(line) == LONGEST_LINE:
            raise StoreError(f"Line {count} is longer than {LONGEST_LINE} characters: this is not a CSV file.")
        if not line:
            return
        yield line


def delimiter_of(header: str) -> str:
    """Spreadsheets in countries with a decimal comma write semicolons."""
    return max(",;\t", key=header.count)


def hint(column: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(column, known, n=1)
    return f"{column} (did you mean {near[0]}?)" if near else column


class Reading:
    """The rows of one order, and what was found wrong in them."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.rows: list[Row] = []
        self.last_row = 0
        self.errors: list[RowError] = []

    def add(self, row: Row) -> None:
        self.last_row = row.line
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
        else:
            self.wrong(row, "", f"the order has more than {MOST_ROWS} rows: divide it")
        if "" in row.cells:
            self.wrong(row, "", "has more cells than the first line has columns: put quotes around cells with a comma")

    def wrong(self, row: Row, column: str, message: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(RowError(row.line, column, message, self.number))

    def take(self, row: Row, column: str, read: Callable[..., T], *how: Any, empty: T, needed: bool = False) -> T:
        """Read a cell; what is wrong is noted, and `empty` stands in so that the next cells can be read too."""
        raw = row.cells.get(column)
        if raw:
            return self.read(row, column, raw, read, *how, empty=empty)
        if needed:
            self.wrong(row, column, "is empty: write something here")
        return empty

    def read(self, row: Row, column: str, raw: str, read: Callable[..., T], *how: Any, empty: T) -> T:
        if not raw:
            return empty
        try:
            return read(raw, *how)
        except BadCell as bad:
            self.wrong(row, column, str(bad))
            return empty


def orders_of(table: Table, number_column: str) -> Iterator[Reading]:
    """Rows that stand together under one number."""
    reading: Reading | None = None
    for row in table:
        number = row[number_column]
        if reading is None or number != reading.number:
            if reading is not None:
                yield reading
            reading = Reading(number)
        reading.add(row)
    if reading is not None:
        yield reading
