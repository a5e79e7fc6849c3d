"""S16: goods come in. What a scan finds, what a step does, and that each counts once whatever the line does."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from carriers import Status, numbers_in
from customers.models import Entry
from orders.models import OrderLine
from portal.background import catch_up
from portal.staff import scans, steps
from returns import actions, goods
from returns.models import Grading, Photo, Receipt, Refund, Return, ReturnLine, Unexpected
from returns.queries import came_back_alone
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VENDOR = Path(__file__).parents[2] / "static" / "vendor"


@pytest.fixture
def ret(shop):
    """Two shirts of one line and a third of another, labelled and awaited."""
    return make_box(shop)


def make_box(shop, *, units=2, reason="wrong_size", tracking="00340434161094000001") -> Return:
    order = make.make_order(shop, lines=[(2, 7980), (1, 1990)])
    draft = make.make_return(order, units=units, reason=reason, state="draft")
    second = order.lines.get(position=2)
    ReturnLine.objects.create(ret=draft, order_line=second, requested=1, reason=reason, wish="money")
    case = actions.submit(draft)
    case = actions.approve(case, by="rules") if case.state == Return.State.UNDER_REVIEW else case
    box = case.parcels.get()
    box.shipment = make.make_shipment(order, tracking_number=tracking, direction="return", carrier="dhl_parcel_de")
    box.state = "label_created"
    box.save()
    with actions.case(case) as case:
        actions.follow(case)
    return case


def first(ret: Return) -> ReturnLine:
    return ret.lines.order_by("order_line__position").first()


def step(ret: Return, verb="fine", **more) -> dict:
    line = more.pop("line", first(ret).pk)
    return {"key": str(uuid4()), "verb": verb, "number": ret.number, "line": line, "units": 1, **more}


def send(browser: Client, *rows, by="sam", **files):
    body = {"sent": json.dumps({"by": by, "steps": list(rows)}), **files}
    return browser.post("/staff/goods-in/events/", body)


def told(response) -> list[str]:
    return [row["answer"] for row in response.json()["answers"]]


def counts(ret: Return) -> list[tuple[int, int, int]]:
    """(still to come, here, accepted) of each line."""
    return [(line.to_receive, line.received, line.accepted) for line in make.fresh(ret).lines.all()]


# --- what a scan finds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{n}", " {n} ", "{small}", "{bare}", "Rß{body}", "R'{body}", "{n}\r"])
def test_a_return_number_is_found_as_scanners_and_people_write_it(ret, typed):
    body = ret.number.removeprefix("R-")
    code = typed.format(n=ret.number, small=ret.number.lower(), bare=f"R{body}", body=body)

    found = scans.find(ret.shop, code)

    assert found.case == ret


@pytest.mark.parametrize(
    ("kept", "scanned"),
    [
        ("00340434161094000001", "00340434161094000001"),
        ("00340434161094000001", "0034 0434 1610 9400 0001"),
        ("00340434161094000001", "(00)340434161094000001".replace("(", "").replace(")", "")),
        ("340434161094000001", "00340434161094000001"),
        ("9400111899223100001234", "420101039400111899223100001234"),
        ("9400111899223100001234", "420101031234" + "9400111899223100001234"),
        ("777652496720", "9622001900000000000000777652496720"),
        ("617767839437", "1001901781990001000300617767839437"),
        ("01805059420158", "0068501018050594201581012761"[:7] + "01805059420158" + "101276" + "1"),
        ("RR 123 456 785 DE", "rr123456785de"),
        ("SB-0011", "sb0011"),
    ],
)
def test_a_box_is_found_by_what_its_bar_code_holds(shop, kept, scanned):
    case = make_box(shop, tracking=kept)

    found = scans.find(shop, scanned)

    assert (found.case, found.box) == (case, case.parcels.get())


def test_the_whole_of_a_bar_code_comes_before_a_part_of_it(shop):
    part, whole = make_box(shop, tracking="340434161094000001"), make_box(shop, tracking="00340434161094000001")

    assert scans.find(shop, "00340434161094000001").case == whole
    assert scans.find(shop, "340434161094000001").case == part


def test_what_is_no_number_of_a_carrier_holds_none():
    assert numbers_in("not a number!") == []
    assert numbers_in("x" * 500) == []
    assert numbers_in("00340434161094000001") == ["00340434161094000001", "340434161094000001"]


def test_an_item_number_picks_its_line_of_the_case_at_hand_only(ret):
    second = ret.lines.get(order_line__position=2)
    sku = second.order_line.sku.lower()

    assert scans.find(ret.shop, sku, ret).line == second
    assert scans.find(ret.shop, sku).case is None


def test_an_order_number_finds_its_one_open_case_or_asks_which(shop, ret):
    one = scans.find(shop, ret.order.number.lower())
    other = make.make_order(shop)
    make.make_return(other)
    none = scans.find(shop, make.make_order(shop).number)

    assert one.case == ret
    assert (none.case, none.order is None) == (None, False)
    assert scans.find(shop, other.number).case.order == other


def test_a_parcel_that_we_sent_ourselves_came_back_whatever_the_carrier_says(shop):
    order = make.make_order(shop)
    sent = order.shipments.get()

    found = scans.find(shop, sent.tracking_number)

    assert (found.order, found.parcel, found.case) == (order, sent, None)


def test_boxes_of_another_shop_and_drafts_are_not_found(shop, sam):
    other = make.make_shop(domain="other.example")
    theirs = make_box(other)
    draft = make.make_return(make.make_order(shop), state="draft")

    found = [scans.find(shop, code) for code in (theirs.number, "00340434161094000001", draft.number)]

    assert [(each.case, each.order, each.cases) for each in found] == [(None, None, [])] * 3
    assert sam.get(f"/staff/goods-in/{theirs.number}/").status_code == 404
    assert told(send(sam, step(theirs))) == ["refused"]
    assert counts(theirs) == [(2, 0, 0), (1, 0, 0)]


def test_a_scan_leads_to_the_case_and_its_box(ret, sam):
    response = sam.post("/staff/goods-in/", {"code": "00340434161094000001"}, follow=True)

    assert response.redirect_chain[-1][0] == f"/staff/goods-in/{ret.number}/?box=1"
    page = response.content.decode()
    assert "Box 1 of 1" in page
    assert "Ada" not in page  # a browser keeps this page: it names nobody


@pytest.mark.parametrize("letter", ["d", "W", "m"])
def test_a_letter_and_enter_opens_what_it_stands_for(ret, sam, letter):
    response = sam.get("/staff/goods-in/", {"code": letter, "number": ret.number, "line": first(ret).pk})

    asked = {"d": "damaged", "w": "wrong", "m": "missing"}[letter.lower()]
    assert response["Location"] == f"/staff/goods-in/{ret.number}/?line={first(ret).pk}&ask={asked}"
    page = sam.get(response["Location"]).content.decode()
    assert page.count(f'data-ask="{asked}" open') == 1


# --- what a step does -------------------------------------------------------------------------------------------


def test_enter_counts_a_piece_and_the_last_one_prepares_the_money(ret, sam, box):
    make.make_payment_outside(box, ret.order)
    for line in [first(ret).pk, first(ret).pk, ret.lines.last().pk]:
        page = {"code": "", "number": ret.number, "line": line, "key": str(uuid4())}
        response = sam.post("/staff/goods-in/", page)
        assert response.status_code == 302

    assert counts(ret) == [(0, 2, 2), (0, 1, 1)]
    assert make.fresh(ret).state == Return.State.SETTLING
    assert [(refund.state, refund.amount) for refund in Refund.objects.all()] == [("proposed", 9970)]
    assert make.fresh(ret.parcels.get()).state == "opened"


def test_money_proposed_between_two_pieces_is_worked_out_anew(ret, sam, box):
    from returns import money

    make.make_payment_outside(box, ret.order)
    send(sam, step(ret))
    money.prepare_refund(make.fresh(ret))

    send(sam, step(ret), step(ret, line=ret.lines.last().pk))

    assert sorted(Refund.objects.values_list("state", "amount")) == [("canceled", 3990), ("proposed", 9970)]


def test_what_came_damaged_as_announced_is_accepted_and_thrown_away(shop, sam):
    case = make_box(shop, reason="damaged", units=1)

    assert told(send(sam, step(case))) == ["done"]

    line = first(case)
    assert (line.accepted, line.written_off, line.restocked) == (1, 1, 0)
    assert Grading.objects.get().grade == "C"


def test_terms_that_refund_at_receipt_take_no_damage_for_good_and_grade_a_piece_once(shop, sam):
    terms = shop.terms.get()
    terms.numbers["rules"] = [{"id": "OWN-1", "when": {}, "then": {"trigger": "receipt"}}]
    terms.save()
    case = make_box(shop)
    broken = step(case, "damaged")

    send(sam, broken, **{f"photo-{broken['key']}": picture()})
    send(sam, step(case), step(case, line=case.lines.last().pk))

    assert counts(case) == [(0, 2, 1), (0, 1, 1)]
    assert sorted(Grading.objects.values_list("by", flat=True)) == ["staff:sam", "staff:sam"]


def test_damage_needs_a_picture_unless_it_was_announced(shop, ret, sam):
    bare = step(ret, "damaged", grade="C", disposition="write_off", words="A stain")
    refused = send(sam, bare, step(ret, "damaged"))
    with_picture = step(ret, "damaged", grade="C", disposition="write_off", words="A stain")
    done = send(sam, with_picture, **{f"photo-{with_picture['key']}": picture()})

    assert (told(refused), told(done)) == (["refused", "refused"], ["done"])
    assert refused.json()["answers"][0]["text"] == "Take a picture first: the customer has to see what is wrong."
    line = first(ret)
    assert (line.received, line.accepted, line.written_off, line.photos.filter(bench=True).count()) == (1, 1, 1, 1)
    announced = make_box(shop, reason="damaged")
    assert told(send(sam, step(announced, "damaged", grade="C", disposition="write_off"))) == ["done"]


def test_damage_that_is_not_decided_lies_on_the_bench_and_no_enter_accepts_it(ret, sam):
    one = step(ret, "damaged", units=2, words="Worn")
    send(sam, one, **{f"photo-{one['key']}": picture()})
    again = send(sam, step(ret))

    assert counts(ret)[0] == (0, 2, 0)
    assert told(again) == ["refused"]
    page = sam.get(f"/staff/goods-in/{ret.number}/").content.decode()
    assert "At the bench, not decided: 2" in page
    assert told(send(sam, step(ret, "accept", units=2))) == ["done"]
    assert counts(ret)[0] == (0, 2, 2)


def picture(name="photo.jpg"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, make.picture(), content_type="image/jpeg")


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_counted(ret, sam):
    from django.core.files.uploadedfile import SimpleUploadedFile

    bad = step(ret, "damaged", grade="C", disposition="write_off")
    response = send(sam, bad, **{f"photo-{bad['key']}": SimpleUploadedFile("x.jpg", b"not a picture")})

    assert told(response) == ["refused"]
    assert "must be a JPG, PNG or WEBP" in response.json()["answers"][0]["text"]
    assert (counts(ret)[0], Photo.objects.count()) == ((2, 0, 0), 0)


def test_what_is_missing_is_noted_once_something_has_come(ret, sam):
    early = send(sam, step(ret, "missing"))
    later = send(sam, step(ret), step(ret, "missing"))

    assert (told(early), told(later)) == (["refused"], ["done", "done"])
    assert early.json()["answers"][0]["text"] == "Nothing of it has come yet. Count what is in the box first."
    assert first(ret).missing == 1
    assert first(ret).order_line.returning == 1


def test_another_thing_is_kept_with_words_and_a_picture(ret, sam):
    wrong = step(ret, "wrong", words="A red hat", units=2)
    nothing = step(ret, "wrong", words="")

    response = send(sam, wrong, nothing, **{f"photo-{wrong['key']}": picture()})

    assert told(response) == ["done", "refused"]
    find = Unexpected.objects.get()
    assert (find.what, find.units, find.ret, find.photos.count()) == ("A red hat", 2, ret, 1)
    assert Entry.objects.filter(verb="unexpected.found", number=ret.number).count() == 1


def test_more_than_is_expected_is_said_and_never_counted(ret, sam):
    three = send(sam, step(ret, units=3))
    send(sam, step(ret, units=2))
    again = send(sam, step(ret))

    assert three.json()["answers"][0]["text"] == "Still to come of it: 2. That is the most you can count."
    assert again.json()["answers"][0]["text"] == (
        "All of it is here already. Is this one more? Then keep it as another thing."
    )
    assert counts(ret)[0] == (0, 2, 2)


def test_a_case_that_is_all_here_says_so_after_it_is_settled(ret, sam):
    send(sam, step(ret, units=2), step(ret, line=ret.lines.last().pk))

    page = sam.get(f"/staff/goods-in/{ret.number}/").content.decode()

    assert "All of it is here already. Scan the next box." in page
    assert "data-default" in page


@pytest.mark.parametrize("ended", ["expired", "cancelled"])
def test_the_late_box_of_a_closed_case_opens_it_again(shop, sam, ended):
    ret = make_box(shop, reason="damaged")
    assert actions.expire(make.fresh(ret)) if ended == "expired" else actions.cancel(make.fresh(ret), by="customer")

    closed = send(sam, step(ret))
    page = sam.get(f"/staff/goods-in/{ret.number}/").content.decode()
    opened = send(sam, step(ret, "reopen"), step(ret))

    assert told(closed) == ["refused"]
    assert closed.json()["answers"][0]["text"] == "This return is closed. Open it again, then count what came."
    assert "Open it again: its parcel is here" in page
    assert told(opened) == ["done", "done"]
    assert counts(ret)[0] == (1, 1, 1)


def test_a_closed_case_whose_items_are_in_another_one_is_not_opened(ret, sam):
    actions.cancel(make.fresh(ret), by="customer")
    make.make_return(ret.order, units=2)

    response = send(sam, step(ret, "reopen"))

    assert response.json()["answers"][0] == {
        "key": response.json()["answers"][0]["key"],
        "answer": "refused",
        "text": "Some of these items are in another return now. Look at the order.",
    }


def test_a_case_that_nobody_has_decided_says_so(shop, sam):
    order = make.make_order(shop, lines=[(1, 99900)])
    waiting = make.make_return(order, reason="damaged")
    assert waiting.state == Return.State.UNDER_REVIEW

    response = send(sam, step(waiting))

    assert response.json()["answers"][0]["text"] == "Nobody has said yes to this return yet. Decide it first."


def test_a_withdrawal_is_received_like_any_other(shop, sam):
    order = make.make_order(shop, lines=[(2, 7980)])
    facts = {"kind": "withdrawal", "reason": "changed_mind", "by": "customer", "language": "en"}
    case = actions.open_for(order, {order.lines.get().pk: 2}, withdrawn_at=timezone.now(), **facts)

    assert told(send(sam, step(case))) == ["done"]
    assert make.fresh(case).state == Return.State.PARTLY_RECEIVED


def test_a_second_box_of_the_same_case_is_opened_for_itself(ret, sam, box):
    second = ret.parcels.create(position=2, carrier="sandbox", state="label_created", ask_again=None)

    send(sam, step(ret, box=1))
    send(sam, step(ret, box=2))

    assert {row.position: row.state for row in ret.parcels.all()} == {1: "opened", 2: "opened"}
    assert sorted(Receipt.objects.values_list("parcel__position", flat=True)) == [1, 2]
    assert second.pk


def test_pieces_of_one_box_make_one_letter(ret, sam, box):
    catch_up()
    mail.outbox.clear()

    send(sam, step(ret), step(ret), step(ret, line=ret.lines.last().pk))
    catch_up()

    assert [letter.subject for letter in mail.outbox] == ["Your return is with us"]


# --- once, whatever the line does -------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["fine", "damaged", "missing", "wrong", "found", "accept"])
def test_a_step_that_arrives_twice_counts_once_and_both_are_told(ret, sam, verb):
    if verb in {"missing", "accept"}:
        goods.receive(ret, {first(ret).pk: 1}, by="staff:sam")
    one = step(ret, verb, words="A red hat", tracking_number="X1")
    if verb == "found":
        one |= {"number": "", "line": ""}
    files = {f"photo-{one['key']}": picture()} if verb == "damaged" else {}

    before = send(sam, one, **files)
    standing = counts(ret), Unexpected.objects.count(), Photo.objects.count(), Entry.objects.count()
    after = send(sam, one, one)

    assert (told(before), told(after)) == (["done"], ["known", "known"])
    assert (counts(ret), Unexpected.objects.count(), Photo.objects.count(), Entry.objects.count()) == standing


def test_missing_units_with_one_key_are_missed_once_under_the_lock(ret):
    goods.receive(ret, {first(ret).pk: 1}, by="staff:sam")
    key = uuid4()

    for _ in range(2):
        goods.miss(make.fresh(ret), {first(ret).pk: 1}, by="staff:sam", key=key)

    assert first(ret).missing == 1


def test_a_piece_with_one_key_is_taken_in_once_under_the_lock(ret):
    fine, broken = uuid4(), uuid4()
    last = ret.lines.last().pk

    for _ in range(2):
        goods.take_in(make.fresh(ret), first(ret).pk, 1, by="staff:sam", key=fine)
        goods.take_in_damaged(make.fresh(ret), last, 1, pictures=[make.picture()], by="staff:sam", key=broken)

    assert counts(ret) == [(1, 1, 1), (0, 1, 0)]
    assert (Receipt.objects.count(), Grading.objects.count(), Photo.objects.count()) == (2, 1, 1)


def test_a_receipt_that_was_taken_back_is_not_counted_by_a_late_copy_of_its_step(ret, sam):
    one = step(ret, "damaged")
    send(sam, one, **{f"photo-{one['key']}": picture()})
    goods.reverse_receipt(Receipt.objects.get(), by="staff:pia")

    assert told(send(sam, one)) == ["known"]
    assert counts(ret)[0] == (2, 0, 0)


def test_a_key_counted_for_another_case_is_refused_and_not_lost_in_silence(shop, ret, sam):
    other = make_box(shop, tracking="SB9")
    one = step(ret)
    send(sam, one)

    response = send(sam, {**step(other), "key": one["key"]})

    assert told(response) == ["refused"]
    assert counts(other)[0] == (2, 0, 0)


def test_steps_out_of_order_end_in_the_same_ledgers(shop, sam):
    straight, turned = make_box(shop), make_box(shop, tracking="SB9")

    for case, order in ((straight, 1), (turned, -1)):
        last = case.lines.last().pk
        rows = [step(case), step(case), step(case, line=last)]
        for row in rows[::order]:
            send(sam, row)

    assert counts(straight) == counts(turned) == [(0, 2, 2), (0, 1, 1)]


def test_an_hour_late_keeps_its_time_but_never_later_than_now_nor_before_she_asked(ret, sam):
    Return.objects.filter(pk=ret.pk).update(submitted_at=timezone.now() - timedelta(hours=3))
    now = timezone.now()
    times = [now - timedelta(hours=1), now + timedelta(days=2), now - timedelta(days=400)]
    last = ret.lines.last().pk

    rows = [step(ret, at=times[0].isoformat()), step(ret, at=times[1].isoformat())]
    send(sam, *rows, step(ret, line=last, at=times[2].isoformat()))

    kept = {str(row.key): row.at for row in Receipt.objects.all()}
    graded = {str(row.key): row.at for row in Grading.objects.all()}
    assert abs(kept[rows[0]["key"]] - times[0]) < timedelta(seconds=1)
    assert kept[rows[1]["key"]] <= timezone.now()
    assert min(kept.values()) == make.fresh(ret).submitted_at == make.fresh(ret).proof_at
    assert {key: at for key, at in graded.items() if key == rows[0]["key"]} == {rows[0]["key"]: kept[rows[0]["key"]]}


def test_a_case_that_moved_meanwhile_answers_and_loses_nothing(ret, sam):
    one, two = step(ret), step(ret, line=ret.lines.last().pk)
    goods.receive(ret, {first(ret).pk: 2}, by="staff:pia")

    response = send(sam, one, two)

    assert told(response) == ["refused", "done"]
    assert counts(ret) == [(0, 2, 0), (0, 1, 1)]


def test_one_step_that_fails_holds_up_its_case_and_no_other(shop, ret, sam, monkeypatch):
    other = make_box(shop, tracking="SB9")
    real = steps.take

    def fails(shop, typed, *args, **more):
        return 1 / 0 if typed["words"] == "boom" else real(shop, typed, *args, **more)

    monkeypatch.setattr(steps, "take", fails)
    response = send(sam, step(ret, words="boom"), step(ret, words=""), step(other, words=""))

    assert told(response) == ["later", "later", "done"]
    assert (counts(ret)[0], counts(other)[0]) == ((2, 0, 0), (1, 1, 1))


def test_steps_of_somebody_else_are_not_taken_under_this_name(ret, sam):
    response = send(sam, step(ret), by="pia")

    assert (response.status_code, response.json()["by"]) == (409, "sam")
    assert counts(ret)[0] == (2, 0, 0)


def test_an_ended_session_sends_the_queue_to_the_door(ret):
    response = send(Client(), step(ret))

    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/staff/sign-in/")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '{"by": "sam"}', '{"by": "sam", "steps": [1]}', json.dumps({"by": "sam", "steps": [{}] * 51})],
)
def test_what_is_no_queue_is_refused_as_a_whole(ret, sam, body):
    assert sam.post("/staff/goods-in/events/", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "odd",
    [
        {"key": 5},
        {"key": None},
        {"units": "9" * 4000},
        {"units": -1},
        {"line": [1]},
        {"words": "\ud800\0"},
        {"verb": "__class__"},
        {"at": "yesterday"},
        {"number": {"a": 1}},
        {"box": 1e300},
        {"line": 10**30},
        {"box": 10**30},
        {"grade": "A", "disposition": "moon"},
    ],
)
def test_odd_values_are_answered_and_break_nothing(ret, sam, odd):
    response = sam.post(
        "/staff/goods-in/events/",
        json.dumps({"by": "sam", "steps": [{**step(ret, "damaged"), **odd}, step(ret)]}),
        content_type="application/json",
    )

    assert (response.status_code, told(response)) == (200, ["refused", "done"])


@pytest.mark.django_db(transaction=True)
def test_two_scanners_at_once_never_count_more_than_is_expected(shop, django_user_model):
    case = make_box(shop)
    sam = django_user_model.objects.create_user("sam", is_staff=True)
    pia = django_user_model.objects.create_user("pia", is_staff=True)
    same = step(case)
    rows = [(same, sam), (same, pia), (step(case), sam), (step(case), pia)]

    told_ = at_once(*(lambda row=row, by=by: steps.take(shop, row, [], by=by) for row, by in rows))

    answers = sorted(answer.answer for answer in told_)
    assert counts(case)[0] == (0, 2, 2)
    assert Receipt.objects.filter(line=first(case)).count() == 2
    assert Receipt.objects.filter(key=same["key"]).count() <= 1
    assert answers.count("refused") >= 1


# --- what nobody announced --------------------------------------------------------------------------------------


def test_a_number_nobody_knows_is_kept_and_found_again(shop, sam):
    page = sam.get("/staff/goods-in/", {"code": "XYZ-1234567"}).content.decode()
    kept = {"verb": "found", "key": str(uuid4()), "tracking_number": "XYZ-1234567", "words": "A blue box, no slip"}
    response = sam.post("/staff/goods-in/", {**kept, "photo": [picture(), picture()]}, follow=True)

    assert "We do not know this number" in page
    assert "It is kept in the list of what nobody announced." in response.content.decode()
    find = Unexpected.objects.get()
    assert (find.ret, find.photos.count()) == (None, 2)
    again = sam.get("/staff/goods-in/", {"code": "XYZ-1234567"}).content.decode()
    assert "This parcel is in the list of what nobody announced" in again
    listed = sam.get("/staff/goods-in/unexpected/").content.decode()
    assert "A blue box, no slip" in listed
    photo = sam.get(f"/staff/goods-in/unexpected/{find.key}/photos/{find.photos.first().pk}/")
    assert (photo.status_code, photo["Content-Type"]) == (200, "image/webp")


def make_find(shop, **facts) -> Unexpected:
    return goods.find_unexpected(shop, what="A blue box", by="staff:sam", **facts)


def test_a_find_joins_the_return_it_belongs_to(ret, sam):
    find = make_find(ret.shop)

    response = sam.post(f"/staff/goods-in/unexpected/{find.key}/join/", {"number": ret.number})

    assert response["Location"] == f"/staff/goods-in/{ret.number}/"
    find = make.fresh(find)
    assert (find.ret, find.resolution, find.resolved_by) == (ret, f"It belongs to {ret.number}.", "staff:sam")
    assert sam.post(f"/staff/goods-in/unexpected/{find.key}/join/", {"number": ret.number}).status_code == 404


def test_a_find_of_an_order_opens_a_case_that_receives_it(shop, sam, box):
    order = make.make_order(shop, lines=[(2, 7980), (1, 1990)])
    find = make_find(shop)
    lines = list(order.lines.all())

    asked = sam.post(f"/staff/goods-in/unexpected/{find.key}/join/", {"number": order.number})
    page = sam.get(asked["Location"])
    key = str(uuid4())
    form = {"key": key, "find": find.key, "kind": "return", f"quantity-{lines[0].pk}": "1"}
    first_time = sam.post(asked["Location"], form)
    second_time = sam.post(asked["Location"], form)
    catch_up()

    case = Return.objects.get()
    assert f'name="find" value="{find.key}"' in page.content.decode()
    assert first_time["Location"] == second_time["Location"] == f"/staff/goods-in/{case.number}/"
    line = case.lines.get()
    assert (line.kind, line.reason, line.received, line.accepted) == ("return", "other", 1, 0)
    assert make.fresh(lines[0]).returning == 1
    assert make.fresh(find).ret == case
    assert not case.parcels.exists()  # no label for what is here
    assert [letter.subject for letter in mail.outbox] == ["Your return is with us"]


def test_a_find_is_settled_in_words_or_waits(shop, sam):
    find = make_find(shop)
    path = f"/staff/goods-in/unexpected/{find.key}/settle/"

    told_ = sam.post(path, {"where": "sender", "words": ""}, follow=True).content.decode()
    assert "Write what you found out" in told_
    assert make.fresh(find).resolved_at is None
    sam.post(path, {"where": "sender", "words": "Refused twice"})

    assert make.fresh(find).resolution == "Sent back to the sender: Refused twice"
    assert "Nothing is waiting." in sam.get("/staff/goods-in/unexpected/").content.decode()


def test_finds_are_counted_in_the_rail_and_stay_in_their_shop(shop, sam):
    theirs = make_find(make.make_shop(domain="other.example"))
    make_find(shop)

    page = sam.get("/staff/").content.decode()

    assert 'Not announced <span class="count">1</span>' in page
    assert sam.post(f"/staff/goods-in/unexpected/{theirs.key}/join/", {"number": "x"}).status_code == 404


def test_pictures_of_a_settled_find_are_forgotten_with_the_others(shop):
    find = goods.find_unexpected(shop, what="A box", by="staff:sam", pictures=[make.picture()])
    assert actions.forget_photos(timezone.now()) == 0

    goods.resolve_unexpected(find, by="staff:sam", resolution="gone")

    assert actions.forget_photos(timezone.now()) == 1
    assert Photo.objects.count() == 0


# --- parcels that came back by themselves -----------------------------------------------------------------------


def came_back(shop, **facts):
    order = make.make_order(shop, delivered=None, **facts)
    parcel = make.make_shipment(order)
    make.scan(parcel, Status.RETURNED, at=timezone.now() - timedelta(hours=2))
    return order, parcel


def test_a_parcel_that_came_back_opens_a_case_for_what_is_left(shop, sam, box):
    order, parcel = came_back(shop, lines=[(2, 7980)])
    make.make_payment_outside(box, order)
    line = order.lines.get()

    listed = sam.get("/staff/goods-in/").content.decode()
    path = f"/staff/goods-in/orders/{order.number_key}/?parcel={parcel.tracking_number}"
    page = sam.get(path).content.decode()
    sam.post(path, {"key": str(uuid4()), "kind": "carrier_return", f"quantity-{line.pk}": "2"})

    assert parcel.tracking_number in listed
    assert f'name="quantity-{line.pk}" value="2"' in page
    case = Return.objects.get()
    assert (case.lines.get().kind, counts(case)) == ("carrier_return", [(0, 2, 0)])
    assert list(came_back_alone(shop)) == []
    assert told(send(sam, step(case, "accept", units=2))) == ["done"]
    assert [(refund.state, refund.amount) for refund in Refund.objects.all()] == [("proposed", 7980)]


def test_only_parcels_without_an_open_case_are_listed(shop):
    order, parcel = came_back(shop, lines=[(2, 7980)])
    came_back(make.make_shop(domain="other.example"))
    assert list(came_back_alone(shop)) == [parcel]

    case = make.make_return(order)
    assert list(came_back_alone(shop)) == []

    actions.cancel(case, by="customer")
    assert list(came_back_alone(shop)) == [parcel]


@pytest.mark.parametrize("typed", ["", "0", "-1", "two", "9" * 30, "3"])
def test_a_case_is_opened_only_for_what_an_order_holds(shop, sam, typed):
    order = make.make_order(shop, lines=[(2, 7980)])
    line = order.lines.get()

    form = {"kind": "return", f"quantity-{line.pk}": typed}
    response = sam.post(f"/staff/goods-in/orders/{order.number_key}/", form)

    assert response.status_code == 302
    assert (Return.objects.count(), OrderLine.objects.get(pk=line.pk).returning) == (0, 0)


# --- what a browser keeps ---------------------------------------------------------------------------------------


def test_the_page_that_is_kept_names_nobody_and_holds_no_token(ret, sam):
    page = sam.get("/staff/goods-in/shell/").content.decode()

    assert "csrfmiddlewaretoken" not in page
    assert "sam" not in page.replace("same", "")
    assert ret.number not in page


def test_looking_at_the_kept_page_leaves_what_was_to_be_said(ret, sam):
    sam.post(f"/staff/goods-in/{ret.number}/", {**step(ret), "number": ""})

    sam.get("/staff/goods-in/shell/")

    assert "here and accepted." in sam.get(f"/staff/goods-in/{ret.number}/").content.decode()


def test_the_worker_keeps_the_shell_and_files_that_exist(sam):
    response = sam.get("/staff/goods-in/sw.js")

    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    facts = json.loads(response.content.decode().partition("const HERE = ")[2].partition(";\n")[0])
    assert facts["shell"] == "/staff/goods-in/shell/"
    root = VENDOR.parent
    assert [path for path in facts["files"] if not (root / path.removeprefix("/static/")).is_file()] == []
    assert sam.get(facts["shell"]).status_code == 200
    german = sam.get("/staff/goods-in/sw.js", headers={"Accept-Language": "de"})
    assert german.content != response.content  # another language is another page to keep


def test_what_others_wrote_is_as_its_manifest_says():
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    files = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}

    assert files == {*manifest, "manifest.json", "zxing-cpp.LICENSE"}
    assert {name: sha256((VENDOR / name).read_bytes()).hexdigest() for name in manifest} == {
        name: row["sha256"] for name, row in manifest.items()
    }


def test_a_list_of_finds_takes_as_many_queries_for_three_as_for_one(shop, sam):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            sam.get("/staff/goods-in/unexpected/")
        return len(seen)

    make_find(shop)
    sam.get("/staff/goods-in/unexpected/")
    one = queries()
    make_find(shop)
    make_find(shop)

    assert queries() == one
