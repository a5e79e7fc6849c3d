"""The codes from which a banking app pays, as a browser draws them."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from returns import batches, money
from returns.transfer.accounts import Account
from returns.transfer.vietnam import crc16
from tests import make
from tests.portal.test_transfer_pages import press
from tests.returns.test_batches import shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def test_a_banking_app_reads_account_sum_and_purpose_from_the_code(sam, shop, page_at):  # noqa: F811
    """Drawn by a browser, read back by another library."""
    order = make.pays_cash(make.make_order(shop, currency="VND", lines=[(1, 399000)]))
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    money.take_account(ret, Account("vietnam", "Nguyễn Thị Ánh", "0011004123456", "970436"), by="customer")
    for person in ("staff:pia", "staff:leo"):
        money.approve_refund(refund, by=person)
    batches.make_file(shop, [refund.uuid], by="staff:pia")
    page = press(sam, "/staff/transfers/1/", "/staff/transfers/1/codes/").content.decode()
    svg = re.search(r"<svg.*?</svg>", page[page.index("code-card") :], re.S)[0]

    sheet = page_at(420)
    sheet.set_content(f'<body style="margin:0;background:#fff"><div style="width:400px">{svg}</div>')
    shot = Image.open(io.BytesIO(sheet.screenshot()))
    [read] = zxingcpp.read_barcodes(shot)

    purpose = f"{ret.number} {order.number}".replace("-", "")
    assert read.text[:-4] == (
        "00020101021238570010A00000072701270006970436011300110041234560208QRIBFTTA"
        f"530370454063990005802VN62{len(purpose) + 4:02d}08{len(purpose):02d}{purpose}6304"
    )
    assert f"{crc16(read.text[:-4].encode()):04X}" == read.text[-4:]
