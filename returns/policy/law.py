"""What no shop may lessen, as data with its source. To be read by a lawyer before a shop goes live.

The legal guarantee for faulty goods, Directive (EU) 2019/771 Art. 10, lasts two years from delivery; Spain, Portugal
and Sweden gave three. It stands apart from whatever time the shop's own terms allow.
"""

GUARANTEE_YEARS = {"ES": 3, "PT": 3, "SE": 3}


def guarantee_years(country: str) -> int:
    return GUARANTEE_YEARS.get(country, 2)
