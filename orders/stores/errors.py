"""What can go wrong with a whole file. What is wrong in one row is a `RowError`, and the file goes on."""


class StoreError(Exception):
    """This file cannot be read; the message says in plain words what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
