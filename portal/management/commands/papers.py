from collections.abc import Callable
from pathlib import Path

from django.core.management.base import CommandParser

from customers.models import Shop
from portal.management.say import ShopCommand
from portal.papers import dispute_of
from returns import papers
from returns.models import Withdrawal
from returns.parcels import label_facts
from returns.queries import labelled_parcels, returns_numbered
from returns.withdrawals import acknowledgement_facts


class Command(ShopCommand):
    help = "Writes a paper of a return (or of a withdrawal) into a file."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kind", choices=["label", "slip", "code", "acknowledgement", "dispute"])
        parser.add_argument("number", metavar="NUMBER", help="of the return; of the withdrawal for an acknowledgement")
        parser.add_argument("--out", metavar="FILE", required=True, type=Path, help="where to write it")
        parser.add_argument("--paper", choices=papers.PAPERS, default=papers.PAPERS[0], help="a4 unless you say")
        parser.add_argument("--box", metavar="N", type=int, default=1, help="which box of the return; 1 unless you say")

    def handle(self, *, kind: str, number: str, out: Path, paper: str, box: int, **options) -> None:
        shop = self.shop(options["shop"])
        drawn = self.drawing(shop, kind, number, paper, box)
        try:
            out.write_bytes(drawn())
        except papers.PapersUnavailable:
            raise self.stopped("This machine cannot draw PDFs: install Pango.") from None
        except OSError as error:
            raise self.stopped(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{out}: {out.stat().st_size} bytes.")

    def drawing(self, shop: Shop, kind: str, number: str, paper: str, box: int) -> Callable[[], bytes]:
        if kind == "acknowledgement":
            stated = Withdrawal.objects.filter(shop=shop, number=number.upper()).select_related("shop").first()
            if stated is None:
                raise self.stopped(f"There is no withdrawal {number}.")
            return lambda: papers.acknowledgement_pdf(acknowledgement_facts(stated))
        ret = returns_numbered(shop, number).first()
        if ret is None:
            raise self.stopped(f"There is no return {number}.")
        if kind == "dispute":
            return lambda: papers.dispute_pdf(dispute_of(ret))
        parcel = labelled_parcels(ret).filter(position=box).first()
        if parcel is None:
            raise self.stopped(f"Box {box} of {number} has no label.")
        if kind == "code" and not (parcel.code or parcel.code_image):
            raise self.stopped(f"Box {box} of {number} has no code: it needs its label.")
        draw = {"label": papers.label_pdf, "slip": papers.slip_pdf, "code": papers.code_pdf}[kind]
        return lambda: draw(label_facts(parcel), paper=paper)
