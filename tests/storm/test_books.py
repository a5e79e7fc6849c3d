"""The storm's own judge: it must see every way in which two books can differ."""

import pytest

from tests.storm.books import compare

UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


def ours(**facts):
    return {"uuid": UUID, "amount": 500, "state": "succeeded", "provider_id": "re_1", "payment": "pi_1", **facts}


def holds(**facts):
    return {"reference": "pi_1", "captured": 2000, "reserved": 500, "outside": 0, **facts}


def gone(name="re_1", amount=500, status="succeeded", uuid=UUID):
    return {"id": name, "amount": amount, "status": status, "metadata": {"refund_uuid": uuid} if uuid else {}}


def theirs(*refunds, amount=2000):
    refunded = sum(one["amount"] for one in refunds if one["status"] not in {"failed", "canceled"})
    return [{"id": "pi_1", "amount": amount, "refunded": refunded, "refunds": list(refunds)}]


def told(*args):
    found = compare(*args)
    return len(found.double), len(found.lost), len(found.unsettled)


def test_books_that_agree_are_left_alone():
    failed = ours(uuid="another", state="failed", provider_id="re_0")

    found = compare([ours(), failed], [holds()], theirs(gone("re_0", status="failed", uuid="another"), gone()))

    assert not found


@pytest.mark.parametrize(
    ("rows", "payments", "there", "expected"),
    [
        ([ours()], [holds()], theirs(gone(), gone("re_2")), (1, 0, 0)),
        ([ours(state="sending")], [holds()], theirs(gone(), gone("re_2")), (1, 0, 0)),
        ([ours()], [holds()], theirs(gone(amount=501)), (1, 0, 0)),
        ([ours()], [holds()], theirs(gone(), gone("re_2", uuid="nobody")), (1, 0, 0)),
        ([ours()], [holds()], theirs(gone(), gone("re_2", uuid="")), (1, 0, 0)),
        ([ours()], [holds()], theirs(), (0, 1, 0)),
        ([ours()], [holds()], theirs(gone(status="failed")), (0, 1, 0)),
        ([ours()], [holds()], theirs(gone(status="pending")), (0, 1, 0)),
        ([ours()], [holds()], theirs(gone(amount=499)), (0, 1, 0)),
        ([ours()], [holds()], theirs(gone("re_2")), (0, 1, 0)),
        ([ours(state="failed")], [holds(reserved=0)], theirs(gone()), (0, 1, 0)),
        ([ours(state="canceled", provider_id=None)], [holds(reserved=0)], theirs(gone()), (0, 1, 0)),
        ([ours(state="sending", provider_id=None)], [holds()], theirs(), (0, 0, 1)),
        ([ours(state="pending")], [holds()], theirs(gone(status="pending")), (0, 0, 1)),
        ([ours(state="needs_review")], [holds()], theirs(gone()), (0, 0, 1)),
        ([ours()], [holds(reserved=501)], theirs(gone()), (0, 1, 0)),
        ([ours()], [holds(outside=1)], theirs(gone()), (0, 1, 0)),
        ([ours()], [holds()], theirs(gone(), amount=2001), (0, 1, 0)),
        ([ours(state="failed", provider_id=None)], [holds()], theirs(), (0, 1, 0)),
    ],
)
def test_each_way_to_differ_is_seen(rows, payments, there, expected):
    assert told(rows, payments, there) == expected
