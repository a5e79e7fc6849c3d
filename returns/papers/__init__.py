"""Papers: labels, slips, codes, acknowledgements, credit notes and the file of a dispute. Facts in, PDF bytes out.

`facts` is what a paper is told, `labels` and its neighbours make a `Sheet` of it (what stands on the page), and
`press` draws that: the words are in `templates/pdf/`, where they stand is in `static/css/{paper,label,record}.css`.
Nothing here looks anything up.
"""

from .acknowledgement import acknowledgement_html, acknowledgement_pdf
from .credit_note import credit_note_html, credit_note_pdf
from .dispute import dispute_html, dispute_pdf
from .drawn import PDF, check_drawn
from .facts import (
    AcknowledgementFacts,
    Asked,
    Bought,
    CreditNoteFacts,
    CreditRow,
    DisputeFacts,
    GivenBack,
    Happened,
    LabelFacts,
    LabelLine,
    Paid,
    Pictured,
    Scanned,
    Written,
)
from .hashes import canonical, chain, verify
from .labels import PAPERS, code_html, code_pdf, code_svg, label_html, label_pdf, slip_html, slip_pdf
from .press import PapersUnavailable

__all__ = [
    "PAPERS",
    "PDF",
    "AcknowledgementFacts",
    "Asked",
    "Bought",
    "CreditNoteFacts",
    "CreditRow",
    "DisputeFacts",
    "GivenBack",
    "Happened",
    "LabelFacts",
    "LabelLine",
    "Paid",
    "PapersUnavailable",
    "Pictured",
    "Scanned",
    "Written",
    "acknowledgement_html",
    "acknowledgement_pdf",
    "canonical",
    "chain",
    "check_drawn",
    "code_html",
    "code_pdf",
    "code_svg",
    "credit_note_html",
    "credit_note_pdf",
    "dispute_html",
    "dispute_pdf",
    "label_html",
    "label_pdf",
    "slip_html",
    "slip_pdf",
    "verify",
]
