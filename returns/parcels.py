"""The box on its way back: its label is bought once, and the carrier's scans move the case."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from carriers.base import LabelWanted, ReturnLabel
from carriers.errors import CarrierError
from returns.actions import case, note
from returns.errors import ReturnsError
from returns.models import Return, ReturnParcel
from returns.papers import LabelFacts, LabelLine
from returns.policy import terms_of
from returns.queries import moved_parcels, unlabelled_parcels
from shipments.actions import carrier_for
from shipments.models import Shipment

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
GRAMS_A_UNIT = 500


def buy_labels(limit: int = 20) -> int:
    """Buy the labels that wait. Returns how many were tried."""
    tried = 0
    for parcel in unlabelled_parcels(timezone.now())[:limit]:
        tried += buy_label(parcel)
    return tried


def buy_label(parcel: ReturnParcel) -> bool:
    """Ask the carrier for the label of one box, outside of any transaction, under a key of the box: it is paid once.

    Writes `label.created`. A carrier that does not answer is asked again later; the reason is kept for staff.
    """
    if not _claim(parcel):
        return False
    parcel = ReturnParcel.objects.select_related("ret__shop", "ret__order").get(pk=parcel.pk)
    try:
        adapter = carrier_for(parcel.ret.shop, parcel.carrier)
        label = adapter.return_label(_wanted(parcel), key=f"{parcel.ret.number}-{parcel.position}")
    except CarrierError as error:
        _ask_later(parcel, error)
    else:
        _keep_label(parcel, label)
    return True


@transaction.atomic
def _claim(parcel: ReturnParcel) -> bool:
    now = timezone.now()
    row = unlabelled_parcels(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=parcel.pk).first()
    if row is None:
        return False
    row.asking_until = now + LEASE
    row.save(update_fields=["asking_until"])
    return True


def _wanted(parcel: ReturnParcel) -> LabelWanted:
    sender, receiver = parcel.ret.order.address, parcel.ret.shop.return_address
    units = sum(line.approved for line in parcel.ret.lines.all())
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
    )


def _ask_later(parcel: ReturnParcel, error: CarrierError) -> None:
    failed = min(parcel.failed_asks + 1, 100)
    pause = timedelta(seconds=min(15 * 2**failed, 3600))
    ReturnParcel.objects.filter(pk=parcel.pk).update(
        failed_asks=failed, ask_error=str(error)[:200], ask_again=timezone.now() + pause, asking_until=None
    )


def _keep_label(parcel: ReturnParcel, label: ReturnLabel) -> None:
    with case(parcel.ret) as ret:
        row = ReturnParcel.objects.select_for_update().get(pk=parcel.pk)
        if row.shipment_id:
            return
        row.shipment = Shipment.objects.create(
            shop_id=ret.shop_id,
            order_id=ret.order_id,
            direction=Shipment.Direction.RETURN,
            carrier=row.carrier,
            tracking_number=label.tracking_number,
            next_look=timezone.now(),
        )
        row.state = ReturnParcel.State.LABEL_CREATED
        row.routing, row.code, row.ask_error, row.asking_until = label.routing, label.code, "", None
        row.save()
        if ret.state == Return.State.APPROVED:
            ret.await_dropoff()
            ret.save()
        note(ret, "label.created", by="carrier", tracking_number=label.tracking_number)


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
    adapter_name = carrier_for(ret.shop, parcel.carrier).name
    assert parcel.shipment is not None and ret.send_by is not None  # noqa: S101 - a box has both once it is labelled
    return LabelFacts(
        language=ret.language,
        shop_name=ret.shop.name,
        number=ret.number,
        parcel=parcel.position,
        parcels=ret.parcels.count(),
        carrier=adapter_name,
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
    )


def _address_lines(wanted: LabelWanted, whose: str) -> tuple[str, ...]:
    name, street, postcode, city, country = (
        getattr(wanted, f"{whose}_{part}") for part in ("name", "street", "postcode", "city", "country")
    )
    return (name, street, f"{postcode} {city}", country)
