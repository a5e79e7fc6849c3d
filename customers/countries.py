"""Countries as people call them."""

from babel import Locale


def country_name(code: str, language: str) -> str:
    """DE -> Germany, Deutschland, …; a code that nobody knows stays as it is."""
    return Locale.parse(language).territories.get(code, code)
