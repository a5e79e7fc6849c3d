"""What the demo's shop sells: house linen, stoneware, clothes. Prices in euro cents, names in four languages."""

import csv
import io
from dataclasses import dataclass

from orders.stores.money import like

LANGUAGES = ("en", "de", "el", "vi")
PLAIN = str.maketrans({"–": "-", "/": "-", "×": "x", " ": ""})


@dataclass(frozen=True)
class Product:
    key: str
    price: int
    titles: tuple[str, str, str, str]
    sizes: tuple[str, ...] = ("",)
    colours: tuple[str, ...] = ("",)
    group: str = "normal"


@dataclass(frozen=True)
class Piece:
    """One size and colour of a product."""

    product: Product
    size: str
    colour: str

    @property
    def sku(self) -> str:
        parts = (self.product.key, self.size.translate(PLAIN), self.colour)
        return "-".join(part for part in parts if part).upper()

    @property
    def picture(self) -> str:
        """Where the shop's own site would have it; the demo draws it instead of asking there."""
        return f"https://pictures.linden-and-loom.example/{self.product.key}-{self.colour or 'plain'}.webp"

    def title(self, language: str) -> str:
        return self.product.titles[LANGUAGES.index(language)]

    def colour_in(self, language: str) -> str:
        return COLOURS[self.colour][LANGUAGES.index(language)] if self.colour else ""


COLOURS = {
    "white": ("white", "weiß", "λευκό", "trắng"),
    "sage": ("sage", "salbei", "φασκόμηλο", "xanh xô thơm"),
    "navy": ("navy", "marine", "σκούρο μπλε", "xanh than"),
    "oat": ("oat", "hafer", "βρώμη", "màu yến mạch"),
    "rust": ("rust", "rost", "σκουριά", "nâu đỏ"),
    "grey": ("grey", "grau", "γκρι", "xám"),
    "blue": ("blue", "blau", "μπλε", "xanh dương"),
    "cream": ("cream", "creme", "κρεμ", "kem"),
    "moss": ("moss", "moos", "λαδί", "xanh rêu"),
    "brass": ("brass", "messing", "ορείχαλκος", "màu đồng"),
}
LETTERS = ("S", "M", "L", "XL")

PRODUCTS = (
    Product(
        "shirt", 6900, ("Linen shirt", "Leinenhemd", "Λινό πουκάμισο", "Áo sơ mi vải lanh"), LETTERS, ("white", "sage")
    ),
    Product(
        "cardigan", 11900, ("Wool cardigan", "Wolljacke", "Μάλλινη ζακέτα", "Áo len cardigan"), LETTERS, ("oat", "navy")
    ),
    Product(
        "socks", 1400, ("Merino socks", "Merinosocken", "Κάλτσες μερινό", "Tất len merino"), ("36–38", "39–41", "42–44")
    ),
    Product(
        "trousers",
        8900,
        ("Linen trousers", "Leinenhose", "Λινό παντελόνι", "Quần vải lanh"),
        ("38", "40", "42", "44"),
        ("oat",),
    ),
    Product(
        "dress",
        9500,
        ("Cotton dress", "Baumwollkleid", "Βαμβακερό φόρεμα", "Váy cotton"),
        LETTERS[:3],
        ("rust", "navy"),
    ),
    Product(
        "slippers",
        4900,
        ("Felt slippers", "Filzpantoffeln", "Παντόφλες από τσόχα", "Dép nỉ"),
        ("37", "38", "39", "40", "41", "42"),
        ("grey",),
    ),
    Product("jacket", 14900, ("Rain jacket", "Regenjacke", "Αδιάβροχο", "Áo mưa"), LETTERS, ("moss",)),
    Product("scarf", 4500, ("Wool scarf", "Wollschal", "Μάλλινο κασκόλ", "Khăn len"), ("",), ("rust", "grey")),
    Product("apron", 3800, ("Linen apron", "Leinenschürze", "Λινή ποδιά", "Tạp dề vải lanh")),
    Product(
        "bedding",
        15900,
        ("Linen bed set", "Leinenbettwäsche", "Λινά σεντόνια", "Bộ ga giường vải lanh"),
        ("135 × 200", "200 × 200"),
        ("white", "sage"),
    ),
    Product("blanket", 12900, ("Wool blanket", "Wolldecke", "Μάλλινη κουβέρτα", "Chăn len"), ("",), ("oat", "grey")),
    Product(
        "cushion",
        2400,
        ("Cushion cover", "Kissenbezug", "Θήκη μαξιλαριού", "Vỏ gối"),
        ("40 × 40", "50 × 50"),
        ("sage", "rust"),
    ),
    Product(
        "bowl", 2600, ("Stoneware bowl", "Schale aus Steinzeug", "Κεραμικό μπολ", "Bát gốm"), ("",), ("blue", "cream")
    ),
    Product(
        "mug", 1900, ("Stoneware mug", "Becher aus Steinzeug", "Κεραμική κούπα", "Cốc gốm"), ("",), ("blue", "cream")
    ),
    Product("plates", 6800, ("Four plates", "Vier Teller", "Τέσσερα πιάτα", "Bộ bốn đĩa"), ("",), ("cream",)),
    Product("vase", 5400, ("Tall vase", "Hohe Vase", "Ψηλό βάζο", "Bình hoa cao"), ("",), ("white", "blue")),
    Product("carafe", 3200, ("Glass carafe", "Glaskaraffe", "Γυάλινη καράφα", "Bình thủy tinh")),
    Product("lamp", 14900, ("Table lamp", "Tischlampe", "Επιτραπέζιο φωτιστικό", "Đèn bàn"), ("",), ("brass",)),
    Product("candle", 1600, ("Beeswax candle", "Bienenwachskerze", "Κερί από μελισσοκέρι", "Nến sáp ong")),
    Product(
        "pyjamas",
        3900,
        ("Children's pyjamas", "Kinderpyjama", "Παιδικές πιτζάμες", "Đồ ngủ trẻ em"),
        ("98/104", "110/116", "122/128"),
    ),
    Product("bench", 34000, ("Oak bench", "Eichenbank", "Δρύινος πάγκος", "Ghế băng gỗ sồi"), group="bulky"),
    Product("rack", 22000, ("Coat rack", "Garderobe", "Καλόγερος", "Giá treo áo"), group="bulky"),
    Product("soap", 1200, ("Olive soap", "Olivenseife", "Σαπούνι ελιάς", "Xà phòng ô liu"), group="hygiene"),
    Product("brush", 1800, ("Bath brush", "Badebürste", "Βούρτσα μπάνιου", "Bàn chải tắm"), group="hygiene"),
    Product("jam", 750, ("Quince jam", "Quittengelee", "Μαρμελάδα κυδώνι", "Mứt mộc qua"), group="perishable"),
    Product("card", 5000, ("Gift card", "Gutschein", "Δωροκάρτα", "Thẻ quà tặng"), group="digital"),
    Product(
        "towel",
        4200,
        ("Towel with a name", "Handtuch mit Namen", "Πετσέτα με όνομα", "Khăn thêu tên"),
        ("",),
        ("white",),
        group="made_to_order",
    ),
    Product("oil", 1100, ("Lamp oil", "Lampenöl", "Λάδι λάμπας", "Dầu đèn"), group="dangerous"),
    Product("brooch", 48000, ("Silver brooch", "Silberbrosche", "Ασημένια καρφίτσα", "Trâm bạc"), group="high_value"),
)
PIECES = {
    piece.sku: piece
    for piece in (
        Piece(product, size, colour) for product in PRODUCTS for size in product.sizes for colour in product.colours
    )
}
SOLD_OUT = {"SHIRT-XL-SAGE", "SLIPPERS-42-GREY", "DRESS-S-RUST", "VASE-BLUE"}

# What one euro costs, for round prices abroad: (numerator, denominator, rounded to).
RATES = {"EUR": (1, 1, 1), "GBP": (86, 100, 50), "USD": (110, 100, 50), "VND": (275, 1, 1000)}


def price_in(cents: int, currency: str) -> int:
    """In the smallest unit of `currency`, rounded as a shop would."""
    numerator, denominator, step = RATES[currency]
    return max(round(cents * numerator / denominator / step) * step, step)


def stock_csv() -> str:
    """Every size and colour with what lies on the shelf, in the columns of docs/import.md."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["sku", "product", "size", "colour", "price", "currency", "on_hand", "picture"])
    for place, (sku, piece) in enumerate(PIECES.items()):
        on_hand = 0 if sku in SOLD_OUT else 3 + place * 7 % 23
        price = like(piece.product.price, "EUR")
        rows.writerow([sku, piece.title("en"), piece.size, piece.colour, price, "EUR", on_hand, piece.picture])
    return out.getvalue()
