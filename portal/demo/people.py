"""Made-up people at made-up addresses, in the manner of their country."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    street: str
    street2: str
    postcode: str
    city: str
    region: str
    country: str
    language: str
    currency: str
    delivery: int


@dataclass(frozen=True)
class Land:
    """`delivery` in the smallest unit of the currency."""

    language: str
    currency: str
    delivery: int
    names: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]
    mail: str = "example.com"
    latin: tuple[str, ...] = ()


LANDS = {
    "DE": Land(
        "de",
        "EUR",
        490,
        (
            *("Johanna Brandt", "Matthias Köhler", "Svenja Petersen", "Dörte Lüders", "Henrik Vogt", "Annika Seidel"),
            *("Jörg Behrens", "Marlene Hartung", "Tobias Krämer", "Friederike Wulff", "Lennart Busch", "Greta Ohlsen"),
            *("Karsten Mühlbach", "Ines Rademacher", "Ruben Thiele", "Wiebke Janssen", "Oskar Lindner", "Carla Weiß"),
        ),
        ("Apfelgasse 12", "Am Mühlteich 3", "Lerchenstieg 27", "Kastanienring 8", "Brunnenhof 5", "Sonnenwinkel 41"),
        (
            *(("20999", "Hamburg", ""), ("10999", "Berlin", ""), ("04999", "Leipzig", "")),
            *(("50999", "Köln", ""), ("80999", "München", "")),
        ),
    ),
    "GR": Land(
        "el",
        "EUR",
        990,
        (
            *("Ελένη Παπαδάκη", "Νίκος Αλεξίου", "Μαρία Καραγιάννη", "Γιώργος Σταθάτος", "Κατερίνα Βλάχου"),
            *("Δημήτρης Ρούσσος", "Άννα Μελετίου", "Σπύρος Λάμπρου", "Ιωάννα Φωτίου", "Πέτρος Δούκας"),
            *("Χριστίνα Ζερβού", "Θανάσης Κυριακού", "Βασιλική Μπάρκα", "Λευτέρης Σούλης"),
        ),
        ("Οδός Ελιάς 14", "Πλατεία Πηγής 2", "Οδός Αμυγδαλιάς 33", "Οδός Ανέμων 7", "Λεωφόρος Κύματος 118"),
        (
            *(("105 99", "Αθήνα", ""), ("546 99", "Θεσσαλονίκη", "")),
            *(("262 99", "Πάτρα", ""), ("712 99", "Ηράκλειο", "Κρήτη")),
        ),
        "example.org",
        (
            *("eleni.papadaki", "nikos.alexiou", "maria.karagianni", "giorgos.stathatos", "katerina.vlachou"),
            *("dimitris.roussos", "anna.meletiou", "spyros.lamprou", "ioanna.fotiou", "petros.doukas"),
            *("christina.zervou", "thanasis.kyriakou", "vasiliki.barka", "lefteris.soulis"),
        ),
    ),
    "VN": Land(
        "vi",
        "VND",
        320_000,
        (
            *("Nguyễn Thu Hà", "Trần Minh Khôi", "Lê Ngọc Ánh", "Phạm Quốc Bảo", "Hoàng Thị Mai", "Vũ Đức Long"),
            *("Đặng Thùy Linh", "Bùi Gia Huy", "Đỗ Phương Thảo", "Hồ Anh Tuấn", "Ngô Bích Ngọc", "Dương Hải Đăng"),
            *("Lý Kim Chi", "Phan Thanh Tùng"),
        ),
        ("12 ngõ Hoa Sữa", "45 đường Sen Trắng", "7 hẻm Bằng Lăng", "101 đường Cây Bàng", "28 phố Lụa"),
        (
            *(("100990", "Hà Nội", ""), ("700990", "Thành phố Hồ Chí Minh", "")),
            *(("550990", "Đà Nẵng", ""), ("530990", "Huế", "")),
        ),
        "example.org",
    ),
    "GB": Land(
        "en",
        "GBP",
        850,
        (
            *(
                "Alice Thornbury",
                "George Whitlock",
                "Imogen Fairley",
                "Callum Redfern",
                "Beatrice Holt",
                "Owen Prichard",
            ),
            *("Harriet Loxley", "Rory Macaulay", "Phoebe Ashdown", "Nathaniel Crewe", "Isla Drummond"),
        ),
        ("3 Mulberry Row", "18 Larkspur Lane", "Flat 2, 44 Harbour Steps", "9 Old Orchard Close", "71 Wren Street"),
        (
            *(("BS1 9ZZ", "Bristol", ""), ("EH3 9ZZ", "Edinburgh", "")),
            *(("LS2 9ZZ", "Leeds", ""), ("CF10 9ZZ", "Cardiff", "")),
        ),
    ),
    "US": Land(
        "en",
        "USD",
        1490,
        (
            *(
                "Abigail Mercer",
                "Daniel Okafor",
                "Sofia Ramirez",
                "Walter Lindqvist",
                "Grace Holloway",
                "Theo Nakamura",
            ),
            *("Ruth Castellano", "Miles Abernathy", "June Pomeroy", "Caleb Whitfield", "Nora Delacroix"),
        ),
        ("210 Juniper Street", "1447 Quail Hollow Road", "88 Lantern Avenue, Apt 5", "32 Birch Court"),
        (
            *(("97299", "Portland", "OR"), ("05499", "Burlington", "VT")),
            *(("78799", "Austin", "TX"), ("55499", "Minneapolis", "MN")),
        ),
    ),
}
SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "đ": "d"})


def person(country: str, place: int) -> Person:
    """The person at this place of the country's list; the list begins anew when it ends."""
    land = LANDS[country]
    name = land.names[place % len(land.names)]
    local = land.latin[place % len(land.latin)] if land.latin else latin(name)
    postcode, city, region = land.towns[place % len(land.towns)]
    street, _, street2 = land.streets[place % len(land.streets)].partition(", ")
    return Person(
        name=name,
        email=f"{local}@{land.mail}",
        street=street,
        street2=street2,
        postcode=postcode,
        city=city,
        region=region,
        country=country,
        language=land.language,
        currency=land.currency,
        delivery=land.delivery,
    )


def latin(name: str) -> str:
    spelt = unicodedata.normalize("NFD", name.lower().translate(SPELT))
    return "".join(sign for sign in spelt if sign.isascii()).replace(" ", ".")
