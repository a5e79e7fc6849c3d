"""May it come back, and what does the customer get?

States only say what may follow what; quantities and money are ledgers beside them, guarded by constraints.
Only the verbs (`returns.actions` and its neighbours) call transitions.
"""

from returns.models.bench import Deduction, Grading, Photo, Receipt, Unexpected, photo_name
from returns.models.books import AuditEntry, AuditHead, BookDay, CreditNote
from returns.models.boxes import Proof, ReturnParcel, label_name, proof_name
from returns.models.cases import Question, Return, ReturnLine, return_number
from returns.models.money import Concession, ProviderEvent, Refund, Till
from returns.models.rails import BankBatch, BankDetails, Credit, CreditEntry, Difference
from returns.models.terms import Terms
from returns.models.withdrawals import Withdrawal, withdrawal_number

__all__ = [
    "AuditEntry",
    "AuditHead",
    "BankBatch",
    "BankDetails",
    "BookDay",
    "Concession",
    "Credit",
    "CreditEntry",
    "CreditNote",
    "Deduction",
    "Difference",
    "Grading",
    "Photo",
    "Proof",
    "ProviderEvent",
    "Question",
    "Receipt",
    "Refund",
    "Return",
    "ReturnLine",
    "ReturnParcel",
    "Terms",
    "Till",
    "Unexpected",
    "Withdrawal",
    "label_name",
    "photo_name",
    "proof_name",
    "return_number",
    "withdrawal_number",
]
