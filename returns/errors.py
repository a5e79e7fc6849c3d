"""What can go wrong with a return, one child for each case that a caller treats differently."""


class ReturnsError(Exception):
    """Any of these leaves the database as it was."""


class NotReturnable(ReturnsError):
    """The shop's terms say no; `codes` are the ids of the rules that said it."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class NotNow(ReturnsError):
    """The case has moved on meanwhile: this step does not fit its state any more."""


class TooMany(ReturnsError):
    """More units than there are: more arrived than were approved, or more accepted than arrived."""


class NothingLeft(ReturnsError):
    """The payment has less left than this refund asks for."""


class PaymentUnclear(ReturnsError):
    """The provider has not confirmed the payment, or says something else than the shop's file."""


class Disputed(ReturnsError):
    """The customer's bank has asked the payment back: nothing is refunded until it has decided."""


class BalanceChanged(ReturnsError):
    """The sum that was shown is not the sum that would be sent. Nothing was sent."""


class AccountChanged(BalanceChanged):
    """The account that was shown is not the one that it would go to. Nothing was sent."""


class NotTheSame(ReturnsError):
    """Another person has to decide this: who said no, or graded the goods, does not judge the objection."""


class NotAllowed(ReturnsError):
    """This person may not decide about money, or not about this order."""


class NoAccount(ReturnsError):
    """It goes to a bank account, and the customer has not named one."""


class NoDebtor(ReturnsError):
    """The shop's file does not say from which account transfers go."""


class NoPicture(ReturnsError):
    """Offering less needs a picture of what is wrong."""


class NotPaid(ReturnsError):
    """What is sent instead costs more, and the difference has not been paid."""


class NotEnough(ReturnsError):
    """The store credit holds only `left`, in the smallest unit."""

    def __init__(self, left: int) -> None:
        super().__init__(str(left))
        self.left = left


class KeyTaken(ReturnsError):
    """This name was given to another movement of the same store credit."""


class LessensARight(ReturnsError):
    """The terms would take a right away; `complaints` are `returns.policy.lessens.Complaint`s."""

    def __init__(self, complaints: list) -> None:
        super().__init__(", ".join(complaint.key for complaint in complaints))
        self.complaints = complaints


class Overtaken(ReturnsError):
    """Somebody published other terms meanwhile: what was worked out does not stand on the latest version."""
