"""The lives parcels lead: (hours after the start, the carrier's code, its text, the place). No chance in it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Berlin")

Step = tuple[float, str, str, str]

LABEL: Step = (0, "LBL", "Sendungsdaten elektronisch angekündigt / Shipment data received", "")
PICKED_UP: Step = (6, "PUP", "Vom Absender übernommen / Picked up from sender", "Leipzig")
FIRST_HUB: Step = (14, "HUB", "Im Startpaketzentrum bearbeitet / Processed at origin hub", "Radefeld")
LAST_HUB: Step = (26, "HUB", "Im Zielpaketzentrum angekommen / Arrived at destination hub", "Hannover-Anderten")
VAN: Step = (32, "OUT", "In Zustellung / Loaded onto delivery vehicle", "Hannover")
ON_THE_WAY = [LABEL, PICKED_UP, FIRST_HUB, LAST_HUB]

LIVES: dict[str, list[Step]] = {
    "fresh": [LABEL],
    "on_time": [*ON_THE_WAY, VAN, (37, "DLV", "Zugestellt / Delivered", "Hannover")],
    "late": [
        *ON_THE_WAY,
        (38, "DLY", "Verzögerung im Betriebsablauf / Delayed in operations", "Hannover-Anderten"),
        (80, "HUB", "Weiterbearbeitet / Processing resumed", "Hannover-Anderten"),
        (104, "OUT", "In Zustellung / Loaded onto delivery vehicle", "Hannover"),
        (109, "DLV", "Zugestellt / Delivered", "Hannover"),
    ],
    "lost": ON_THE_WAY,
    "declared_lost": [*ON_THE_WAY, (266, "LST", "Sendung nicht auffindbar / Parcel cannot be located", "")],
    "attempted": [
        *ON_THE_WAY,
        VAN,
        (37, "MIS", "Empfänger nicht angetroffen / Recipient not at home", "Hannover"),
        (60, "SHP", "Liegt zur Abholung in der Filiale bereit / Ready at parcel shop", "Filiale 512, Lister Meile"),
        (84, "DLV", "Vom Empfänger abgeholt / Collected by recipient", "Filiale 512, Lister Meile"),
    ],
    "locker": [
        *ON_THE_WAY,
        VAN,
        (36, "LCK", "In Paketstation eingestellt / Placed in parcel locker", "Paketstation 145"),
        (60, "DLV", "Vom Empfänger entnommen / Collected by recipient", "Paketstation 145"),
    ],
    "returned": [
        *ON_THE_WAY,
        VAN,
        (37, "MIS", "Empfänger nicht angetroffen / Recipient not at home", "Hannover"),
        (60, "SHP", "Liegt zur Abholung in der Filiale bereit / Ready at parcel shop", "Filiale 512, Lister Meile"),
        (228, "RTN", "Nicht abgeholt, Rücksendung / Not collected, returning to sender", "Hannover-Anderten"),
        (276, "RBK", "Zurück beim Absender / Returned to sender", "Leipzig"),
    ],
    "neighbour": [*ON_THE_WAY, VAN, (37, "NBR", "An Nachbarn übergeben / Left with neighbour", "Hannover")],
    "damaged": [*ON_THE_WAY, (30, "DMG", "Beschädigt, wird geprüft / Damaged, being inspected", "Hannover-Anderten")],
    "customs": [
        LABEL,
        PICKED_UP,
        FIRST_HUB,
        (50, "CUS", "In der Verzollung / Held at customs", "Zollamt Zürich"),
        (122, "CLR", "Verzollung abgeschlossen / Cleared customs", "Zollamt Zürich"),
        (146, "OUT", "In Zustellung / Loaded onto delivery vehicle", "Zürich"),
        (151, "DLV", "Zugestellt / Delivered", "Zürich"),
    ],
    # From the customer to the shop.
    "return": [
        (0, "LBL", "Retoure angemeldet / Return announced", ""),
        (8, "PUP", "In der Filiale eingeliefert / Handed in at parcel shop", "Filiale 512, Lister Meile"),
        (20, "HUB", "Im Startpaketzentrum bearbeitet / Processed at origin hub", "Hannover-Anderten"),
        (32, "HUB", "Im Zielpaketzentrum angekommen / Arrived at destination hub", "Radefeld"),
        (44, "OUT", "In Zustellung / Loaded onto delivery vehicle", "Leipzig"),
        (48, "DLV", "Dem Versender zugestellt / Delivered to the shop", "Leipzig"),
    ],
    # A word that no table of ours holds.
    "odd": [*ON_THE_WAY, (30, "QXZ", "Sonderfall 77 / Special case 77", "Hannover-Anderten")],
}

# What the carrier promises at the start, in hours; it never takes it back.
ETA = {"customs": 104.0, "return": 48.0}
USUAL_ETA = 37.0

STEPS = {
    "label": {"LBL"},
    "handed_in": {"PUP"},
    "out_for_delivery": {"OUT"},
    "attempted": {"MIS"},
    "collect": {"SHP", "LCK"},
    "delivered": {"DLV", "NBR"},
}


def hours_until(life: str, step: str) -> float:
    """When a life reaches a step, named as in STEPS or by the carrier's code. Raises ValueError when it never does."""
    codes = STEPS.get(step, {step})
    for hours, code, _text, _place in LIVES[life]:
        if code in codes:
            return hours
    raise ValueError(f"The life {life} has no step {step}.")


def scans(life: str, started_at: datetime, now: datetime) -> list[dict]:
    """What the carrier shows by now, newest first, in its own words."""
    seen = [
        {"ts": moment(started_at, hours), "c": code, "txt": text, "where": place}
        for hours, code, text, place in LIVES[life]
        if started_at + timedelta(hours=hours) <= now
    ]
    return seen[::-1]


def moment(started_at: datetime, hours: float) -> str:
    return (started_at + timedelta(hours=hours)).astimezone(HOME).isoformat(timespec="seconds")


def eta(life: str, started_at: datetime) -> date:
    return (started_at + timedelta(hours=ETA.get(life, USUAL_ETA))).astimezone(HOME).date()
