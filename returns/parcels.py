"""The box on its way back: its label is bought once, and the carrier's scans move the case."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import OperationalError, transaction
from django.utils import timezone

from carriers import CARRIERS, adapter_class, can_track, carrier_name
from carriers.base import LabelItem, LabelWanted, ReturnLabel
from carriers.errors import CarrierDown, CarrierError, NotOffered, keepable
from customers.money import exponent
from orders.models import OrderLine
from returns import papers
from returns.actions import case, note
from returns.errors import ReturnsError
from returns.models import Return, ReturnParcel
from returns.papers import PDF, LabelFacts, LabelLine
from returns.policy import terms_of
from returns.queries import moved_parcels, parcels_by_hand, unlabelled_parcels
from shipments.accounts import carrier_for
from shipments.models import Shipment
from shipments.whose import NOBODY, accounts_of, whose

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
GRAMS_A_UNIT = 500
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
    units = sum(line.approved for line in lines)
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
        weight_g=units * GRAMS_A_UNIT,
        sender_region=sender.get("region", ""),
        sender_email=order.customer.email,
        sender_phone=order.customer.phone,
        receiver_region=receiver.get("region", ""),
        outbound_number=came.tracking_number if came else "",
        items=tuple(_item(line.order_line, line.approved, order.currency) for line in lines if line.approved),
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
        if ret.state == Return.State.APPROVED:
            ret.await_dropoff()
            ret.save()
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
        if row.state == ReturnParcel.State.LABEL_CREATED:
            row.state = ReturnParcel.State.HANDED_OVER
            note(ret, "return.handed_in", by="carrier", before=ret.state)
            if ret.state in {Return.State.APPROVED, Return.State.AWAITING_DROPOFF}:
                ret.hand_in()
        if shipment.delivered_at:
            row.state = ReturnParcel.State.DELIVERED
            note(ret, "return.arrived", by="carrier", before=ret.state)
            ret.check_by = ret.check_by or ret.shop.today() + timedelta(days=terms_of(ret.order).check_days)
        row.save(update_fields=["state"])
        ret.save()
        return True


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
        receiver=_address_lines(wanted, "receiver"),
        sender=_address_lines(wanted, "sender"),
        send_by=ret.send_by,
        lines=tuple(
            LabelLine(line.approved, line.order_line.title, line.order_line.choice)
            for line in ret.lines.select_related("order_line")
        ),
        code=parcel.code,
        drawn=parcel.file.read() if parcel.file else None,
        drawn_type=parcel.file_type,
    )


def _address_lines(wanted: LabelWanted, whose: str) -> tuple[str, ...]:
    name, street, postcode, city, country = (
        getattr(wanted, f"{whose}_{part}") for part in ("name", "street", "postcode", "city", "country")
    )
    return (name, street, f"{postcode} {city}", country)
