"""The small form on a shop's own site, on another origin, without script: as docs/embedding.md shows it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.test_withdrawal import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
MANUAL = Path(__file__).parents[2] / "docs" / "embedding.md"


@pytest.mark.parametrize("script", [True, False])
def test_the_form_of_the_manual_leads_to_the_order(shop, page_at, live_server, script):
    order = make.make_order(shop)
    (form,) = re.findall(r"```html\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    page = page_at(PHONE, script=script)
    page.goto(f"data:text/html,<meta charset=utf-8>{form.replace('https://returns.example.com', live_server.url)}")
    page.get_by_label("Order number").fill(f"#{order.number.lower()}")
    page.get_by_label("Email or postcode").fill("10115")

    page.get_by_role("button", name="Track or return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Track, return or get help")
    expect(page.get_by_label("Email or postcode")).to_have_value("10115")
    page.get_by_role("button", name="Find my order").click()

    expect(page).to_have_url(f"{live_server.url}/o/{order.number_key}/")
    assert page.complaints == []
