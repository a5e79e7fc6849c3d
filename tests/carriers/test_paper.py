"""A carrier without a line to it cannot keep the contract: it is asked nothing."""

import pytest

from carriers import NotOffered, open_carrier

from .labels import WANTED

TEMPLATE = "https://bikes.example.com/track?n={number}&lang=de"
ACCOUNT = {"name": "City Bikes", "tracking_url": TEMPLATE}


def test_it_is_called_what_the_shop_calls_it():
    assert open_carrier("paper", ACCOUNT).name == "City Bikes"
    assert open_carrier("paper", {}).name == "Another carrier"


def test_the_number_stands_quoted_in_the_address_of_the_page():
    carrier = open_carrier("paper", ACCOUNT)

    assert carrier.tracking_url("AB 1&x=/") == "https://bikes.example.com/track?n=AB%201%26x%3D%2F&lang=de"
    assert carrier.check() == []


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("https://bikes.example.com/", "lacks {number}"),
        ("https://bikes.example.com/{0}", "lacks {number}"),
        ("javascript:alert('{number}')", "must begin with https://"),
        ("data:text/html,{number}", "must begin with https://"),
        ("//bikes.example.com/{number}", "must begin with https://"),
        ("bikes.example.com/{number}", "must begin with https://"),
        ("https:///{number}", "must begin with https://"),
        (" https://bikes.example.com/{number}", "must begin with https://"),
        ("https://bikes.example.com/{number}\n", "must begin with https://"),
        ("https://{number}.example.com/", "in the name of the host"),
        ("https://[bikes/{number}", "is no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_and_never_shown(template, sentence):
    carrier = open_carrier("paper", {**ACCOUNT, "tracking_url": template})

    [told] = carrier.check()

    assert told.startswith("tracking_url ")
    assert sentence in told
    assert carrier.tracking_url("1") == ""


def test_what_is_missing_is_told():
    carrier = open_carrier("paper", {})

    assert [said.split(" is missing")[0] for said in carrier.check()] == ["name", "tracking_url"]
    assert carrier.tracking_url("1") == ""


def test_braces_of_the_shop_are_not_ours():
    carrier = open_carrier("paper", {**ACCOUNT, "tracking_url": "http://bikes.example.com/{number}/{account.token}"})

    assert carrier.tracking_url("1") == "http://bikes.example.com/1/{account.token}"


def test_everything_else_is_not_offered():
    carrier = open_carrier("paper", ACCOUNT)

    for question in (
        lambda: carrier.read(b"{}"),
        lambda: carrier.track(["1"]),
        lambda: carrier.parse_webhook(b"{}", {}),
        lambda: carrier.subscribe(["1"], "https://shop.example.com/"),
        lambda: carrier.return_label(WANTED, key="k"),
        lambda: carrier.void("1"),
    ):
        with pytest.raises(NotOffered):
            question()
