"""The box on its way back: its label is bought once, and the carrier's scans move the case."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from carriers import CARRIERS, adapter_class, can_track, carrier_name
from carriers.base import LabelItem, LabelWanted, ReturnLabel
from carriers.errors import CarrierDown, CarrierError, NotOffered, keepable
from customers.countries import country_name
from customers.money import exponent
from customers.timeline import who
from orders.models import OrderLine, postcode_key
from returns import papers
from returns.actions import advance, advance_no_more, case, follow, note, reopen
from returns.errors import NotNow, ReturnsError, TooMany
from returns.models import Proof, Return, ReturnParcel
from returns.papers import PDF, LabelFacts, LabelLine
from returns.policy import terms_of
from returns.queries import first_proof, moved_parcels, parcels_by_hand, unlabelled_parcels, unused_labels
from shipments.accounts import carrier_for
from shipments.models import Shipment
from shipments.whose import NOBODY, accounts_of, whose

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
GRAMS_A_UNIT = 500
LIGHTEST = 0.5  # of what the goods alone weigh
MOST_PROOFS = 10
ENDINGS = {PDF: "pdf", "image/png": "png", "image/gif": "gif"}


def buy_labels(limit: int = 20) -> int:
    """Buy the labels that wait. Returns how many were tried."""
    tried = 0
    for parcel in unlabelled_parcels(timezone.now())[:limit]:
        tried += buy_label(parcel)
    return tried


def buy_label(parcel: ReturnParcel) -> bool:
    """Ask the carrier for the label of one box, outside of any transaction, under a key of the box: it is paid once.

    Writes `label.created`. What the carrier refuses is asked again later; the reason is kept for staff. Where it knows
    no keys, a question without an answer is never repeated: a person looks whether the label was made. A person also
    gets what was made and cannot be given to anybody.
    """
    if not _claim(parcel):
        return False
    parcel = ReturnParcel.objects.select_related("ret__shop", "ret__order").get(pk=parcel.pk)
    try:
        adapter = carrier_for(parcel.ret.shop, parcel.carrier)
        label = adapter.return_label(_wanted(parcel), key=f"{parcel.ret.number}-{parcel.position}")
    except CarrierError as error:
        _ask_later(parcel, error)
        return True
    try:
        _keep_label(parcel, _checked(label))
    except (ReturnsError, OperationalError):
        raise  # not the label's fault
    except Exception as error:
        log.error("label.not_kept", carrier=parcel.carrier, number=parcel.ret.number, exc_info=error)
        why = str(error) if isinstance(error, ValueError) else "It cannot be kept."
        _ask_nobody(parcel, f"The carrier has made the label {label.tracking_number[:64]}. {why}")
    return True


def _checked(label: ReturnLabel) -> ReturnLabel:
    """A label as it can be kept. Raises ValueError for one that cannot be used; a code has no need of its picture."""
    if label.file:
        papers.check_drawn(label.file, label.file_type)
    try:
        if label.code_image:
            papers.check_drawn(label.code_image, "image/png")
    except ValueError:
        if not label.code:
            raise
        return replace(label, code_image=None)
    return label


def ask_once_more(parcel: ReturnParcel) -> bool:
    """A person has looked: there is no label. Ask the carrier again now; not while it is being asked."""
    parcels_by_hand(timezone.now()).filter(pk=parcel.pk).update(ask_again=timezone.now())
    return buy_label(parcel)


def _label_once(carrier: str) -> bool:
    return carrier in CARRIERS and adapter_class(carrier).label_once


@transaction.atomic
def _claim(parcel: ReturnParcel) -> bool:
    now = timezone.now()
    row = unlabelled_parcels(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=parcel.pk).first()
    if row is None:
        return False
    row.asking_until = now + LEASE
    if not _label_once(row.carrier):
        # Whatever happens from here on, a kill of this process included, it is not asked again by itself.
        row.ask_again, row.ask_error = None, "The carrier was asked for the label and has not answered."
    row.save(update_fields=["asking_until", "ask_again", "ask_error"])
    return True


def _wanted(parcel: ReturnParcel) -> LabelWanted:
    sender, receiver = parcel.ret.order.address, parcel.ret.shop.return_address
    order, lines = parcel.ret.order, list(parcel.ret.lines.select_related("order_line"))
    weight = sum((line.order_line.weight_g or GRAMS_A_UNIT) * line.expected for line in lines)
    came = order.shipments.filter(direction=Shipment.Direction.OUTBOUND, carrier=parcel.carrier).first()
    return LabelWanted(
        reference=f"{parcel.ret.number}-{parcel.position}",
        sender_name=sender["name"],
        sender_street=" ".join(part for part in (sender["street"], sender.get("street2")) if part),
        sender_postcode=sender["postcode"],
        sender_city=sender["city"],
        sender_country=sender["country"],
        receiver_name=receiver["name"],
        receiver_street=receiver["street"],
        receiver_postcode=receiver["postcode"],
        receiver_city=receiver["city"],
        receiver_country=receiver["country"],
        weight_g=max(weight, 1),
        sender_region=sender.get("region", ""),
        sender_email=order.customer.email,
        sender_phone=order.customer.phone,
        receiver_region=receiver.get("region", ""),
        outbound_number=came.tracking_number if came else "",
        items=tuple(_item(line.order_line, line.expected, order.currency) for line in lines if line.expected),
    )


def _item(line: OrderLine, units: int, currency: str) -> LabelItem:
    value = Decimal(line.paid) / line.quantity / 10 ** exponent(currency)
    return LabelItem(line.title, units, round(value, exponent(currency)), currency)


def _ask_later(parcel: ReturnParcel, error: CarrierError) -> None:
    """A clear no was no label, so it may be asked again; silence may have been one. NotOffered stays for a person."""
    failed = min(parcel.failed_asks + 1, 100)
    pause = timedelta(seconds=min(15 * 2**failed, 3600))
    unheard = isinstance(error, CarrierDown) and not _label_once(parcel.carrier)
    by_hand = unheard or isinstance(error, NotOffered)
    why = f"{error} The label may have been made: look at the carrier's own page." if unheard else str(error)
    ReturnParcel.objects.filter(pk=parcel.pk).update(
        failed_asks=failed,
        ask_error=why[:200],
        ask_again=None if by_hand else timezone.now() + pause,
        asking_until=None,
    )


def _ask_nobody(parcel: ReturnParcel, why: str) -> None:
    """A person decides."""
    ReturnParcel.objects.filter(pk=parcel.pk).update(ask_again=None, asking_until=None, ask_error=keepable(why)[:200])


def _keep_label(parcel: ReturnParcel, label: ReturnLabel, *, by: Any = "carrier", carrier: str = "") -> bool:
    with case(parcel.ret) as ret:
        row = ReturnParcel.objects.select_for_update().get(pk=parcel.pk)
        late = by != "carrier" and ret.state in Return.ENDED  # one the carrier made is kept: somebody may want it back
        if row.shipment_id or late:
            return False
        row.carrier = carrier or row.carrier
        row.shipment = Shipment.objects.create(
            shop_id=ret.shop_id,
            order_id=ret.order_id,
            direction=Shipment.Direction.RETURN,
            carrier=row.carrier,
            tracking_number=label.tracking_number,
            next_look=timezone.now() if can_track(row.carrier) else None,
        )
        row.state = ReturnParcel.State.LABEL_CREATED
        row.routing, row.code, row.ask_error, row.asking_until = label.routing, label.code, "", None
        if label.file:
            row.file_type = label.file_type
            row.file.save(f"label.{ENDINGS[label.file_type]}", ContentFile(label.file), save=False)
        if label.code_image:
            row.code_image.save("code.png", ContentFile(label.code_image), save=False)
        row.save()
        follow(ret)
        by_hand = {} if by == "carrier" else {"by_hand": True}
        note(ret, "label.created", by=by, tracking_number=label.tracking_number, **by_hand)
        return True


def give_label(parcel: ReturnParcel, *, tracking_number: str, file: bytes | None, by: Any) -> bool:
    """Staff bring the label themselves: its number, and the carrier's PDF. Writes `label.created`.

    The number tells whose it is. Returns False when the box has got a label meanwhile, when the case has ended, and for
    the number of another parcel of this order.
    """
    accounts = accounts_of(parcel.ret.shop_id)
    carrier, _ = whose(tracking_number, "" if parcel.carrier == NOBODY else parcel.carrier, accounts)
    label = ReturnLabel(tracking_number, routing="" if file else tracking_number, file=file, file_type=PDF)
    if parcel.ret.order.shipments.filter(tracking_number=tracking_number).exists():
        return False
    return _keep_label(parcel, label, by=by, carrier=carrier)


def notice_arrivals() -> int:
    """Let what the carriers said about boxes move their cases. Returns how many boxes moved."""
    moved = 0
    for parcel in moved_parcels():
        try:
            moved += _follow(parcel)
            if parcel.ret.state in {Return.State.CANCELLED, Return.State.EXPIRED}:
                reopen(parcel.ret, by="carrier", why="sent after all")
        except ReturnsError as no:  # one box that does not fit its case must not stop the others
            log.warning("parcel.not_followed", number=parcel.ret.number, why=type(no).__name__)
    return moved


def _follow(parcel: ReturnParcel) -> bool:
    """Writes `return.handed_in` at the first scan and `return.arrived` when the box is with us."""
    with case(parcel.ret) as ret:
        row = ReturnParcel.objects.select_for_update(of=("self",)).select_related("shipment").get(pk=parcel.pk)
        shipment = row.shipment
        if shipment is None or row.state == ReturnParcel.State.DELIVERED:
            return False
        if row.state in {ReturnParcel.State.LABEL_CREATED, ReturnParcel.State.LABEL_VOID}:
            row.state, row.void_at = ReturnParcel.State.HANDED_OVER, None
            before = ret.state
            handed = shipment.handed_at or shipment.delivered_at or timezone.now()
            ret.proof_at = min(ret.proof_at or handed, handed)
            ret.save()
            note(ret, "return.handed_in", by="carrier", before=before)
            advance(ret, "first_scan")
        if shipment.delivered_at:
            row.state = ReturnParcel.State.DELIVERED
            note(ret, "return.arrived", by="carrier", before=ret.state)
            ret.check_by = ret.check_by or ret.shop.today() + timedelta(days=terms_of(ret.order).check_days)
            ret.flags = sorted({*ret.flags, *_odd(ret, shipment)})
            ret.save()
        row.save(update_fields=["state", "void_at"])
        follow(ret)
        return True


def _odd(ret: Return, shipment: Shipment) -> list[str]:
    """What does not fit about a box that arrived: it stops only money that would leave by itself."""
    found = []
    weights = [(line.order_line.weight_g, line.expected) for line in ret.lines.select_related("order_line")]
    least = sum((grams or 0) * units for grams, units in weights) * LIGHTEST
    if shipment.weight_g and shipment.weight_g < least:
        found.append("box_too_light")
    here = postcode_key(ret.shop.return_address.get("postcode", ""))
    if shipment.arrived_postcode and postcode_key(shipment.arrived_postcode) != here:
        found.append("arrived_elsewhere")
    return found


# --- one box more, a label less, and the proof ------------------------------------------------------------------


def add_box(ret: Return, *, by: Any) -> ReturnParcel:
    """One more box, at any time until all has come; its label is bought like the first. Writes `box.added`.

    Raises NotNow when nothing is awaited, TooMany beyond the terms' number.
    """
    with case(ret) as ret:
        if ret.state not in Return.AWAITED or not any(line.to_receive for line in ret.lines.all()):
            raise NotNow("nothing more is awaited")
        terms = terms_of(ret.order)
        had = ret.parcels.count()
        if had >= terms.boxes_most or ret.parcels.filter(state=ReturnParcel.State.PLANNED).exists():
            raise TooMany("boxes")
        if not terms.return_carrier:
            raise NotNow("this shop makes its labels by hand")
        box = ReturnParcel.objects.create(ret=ret, position=had + 1, carrier=terms.return_carrier)
        note(ret, "box.added", by=by, position=box.position)
        return box


def take_labels_back(limit: int = 20) -> int:
    """Ask carriers to void the labels of closed cases. Returns how many were asked."""
    asked = 0
    for parcel in unused_labels(timezone.now())[:limit]:
        asked += _take_back(parcel)
    return asked


def _take_back(parcel: ReturnParcel) -> bool:
    """Voided, or left to lie when the carrier takes none back. Writes `label.voided`."""
    pause = timedelta(minutes=min(5 * 2**parcel.failed_voids, 24 * 60))
    claimed = unused_labels(timezone.now()).filter(pk=parcel.pk).update(void_at=timezone.now() + pause)
    if not claimed or parcel.shipment is None:
        return False
    try:
        carrier_for(parcel.ret.shop, parcel.carrier).void(parcel.shipment.tracking_number)
    except CarrierDown:
        later = F("failed_voids") + 1
        ReturnParcel.objects.filter(pk=parcel.pk).update(failed_voids=later)
        return True
    except CarrierError:  # it takes none back, or this one no more: nobody pays for a label that is not used, mostly
        ReturnParcel.objects.filter(pk=parcel.pk).update(void_at=None)
        return True
    with case(parcel.ret) as ret:
        row = ReturnParcel.objects.select_for_update(of=("self",)).get(pk=parcel.pk)
        if row.state == ReturnParcel.State.LABEL_CREATED:
            row.state, row.void_at = ReturnParcel.State.LABEL_VOID, None
            row.save(update_fields=["state", "void_at"])
            note(ret, "label.voided", by="carrier", position=row.position)
    return True


def submit_proof(
    ret: Return, *, by: Any, file: tuple[str, bytes] | None = None, tracking_number: str = "", carrier: str = ""
) -> Proof:
    """Her proof that it was sent: a picture or PDF of the receipt, or the number of a parcel of her own, which is then
    followed. The legal clock runs from now. Writes `proof.submitted`. Raises NotNow, TooMany (10 a case)."""
    with case(ret) as ret:
        if ret.state not in Return.AWAITED:
            raise NotNow(f"a case that is {ret.state} awaits no parcel")
        if ret.proofs.count() >= MOST_PROOFS or not (file or tracking_number):
            raise TooMany("proofs")
        proof = Proof(ret=ret, tracking_number=tracking_number, carrier=carrier, submitted_by=who(by))
        if file:
            proof.file.save(file[0], ContentFile(file[1]), save=False)
        proof.save()
        if tracking_number:
            _own_box(ret, proof)
        ret.proof_at = min(ret.proof_at or proof.submitted_at, proof.submitted_at)
        note(ret, "proof.submitted", by=by, tracking_number=tracking_number)
        advance(ret, "first_scan")
        follow(ret)
        return proof


def _own_box(ret: Return, proof: Proof) -> None:
    """A box with a carrier of her choice: followed like ours. The number of a label of ours is that label's."""
    carrier, carrier_from = whose(proof.tracking_number, proof.carrier, accounts_of(ret.shop_id))
    if ret.order.shipments.filter(tracking_number=proof.tracking_number).exists():
        return
    shipment = Shipment.objects.create(
        shop_id=ret.shop_id,
        order_id=ret.order_id,
        direction=Shipment.Direction.RETURN,
        carrier=carrier,
        carrier_from=carrier_from,
        tracking_number=proof.tracking_number,
        next_look=timezone.now() if can_track(carrier) else None,
    )
    ReturnParcel.objects.create(
        ret=ret,
        position=ret.parcels.count() + 1,
        carrier=carrier,
        shipment=shipment,
        own=True,
        state=ReturnParcel.State.LABEL_CREATED,
        ask_again=None,
    )


def query_proof(proof: Proof, *, by: Any, words: str) -> Proof:
    """It proves nothing: the clock stands as if it had not been there, and she reads why. Writes `proof.queried`."""
    with case(proof.ret) as ret:
        row = Proof.objects.select_for_update(of=("self",)).get(pk=proof.pk)
        if row.queried_at:
            raise NotNow("this was queried before")
        row.queried_at, row.queried_by, row.query = timezone.now(), who(by), words
        row.save()
        ret.proof_at = first_proof(ret)
        note(ret, "proof.queried", by=by, words=words)
        if ret.proof_at is None:
            advance_no_more(ret, "first_scan", by=by)
        follow(ret)
        return row


def label_facts(parcel: ReturnParcel) -> LabelFacts:
    """What stands on the label and the slip of one box."""
    ret = parcel.ret
    wanted = _wanted(parcel)
    assert parcel.shipment is not None and ret.send_by is not None  # noqa: S101 - a box has both once it is labelled
    return LabelFacts(
        language=ret.language,
        shop_name=ret.shop.name,
        number=ret.number,
        parcel=parcel.position,
        parcels=ret.parcels.count(),
        carrier=carrier_name(parcel.carrier),
        tracking_number=parcel.shipment.tracking_number,
        routing=parcel.routing,
        receiver=_address_lines(wanted, "receiver", ret.language),
        sender=_address_lines(wanted, "sender", ret.language),
        send_by=ret.send_by,
        lines=tuple(
            LabelLine(line.expected, line.order_line.title, line.order_line.choice)
            for line in ret.lines.select_related("order_line")
            if line.expected
        ),
        code=parcel.code,
        drawn=parcel.file.read() if parcel.file else None,
        drawn_type=parcel.file_type,
        code_drawn=parcel.code_image.read() if parcel.code_image else None,
    )


def _address_lines(wanted: LabelWanted, whose: str, language: str) -> tuple[str, ...]:
    """As it is written on a parcel: the country only when it leaves its own."""
    name, street, postcode, city, country = (
        getattr(wanted, f"{whose}_{part}") for part in ("name", "street", "postcode", "city", "country")
    )
    abroad = wanted.sender_country != wanted.receiver_country
    return (name, street, f"{postcode} {city}", *([country_name(country, language)] if abroad else []))
