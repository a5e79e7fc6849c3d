"""What can go wrong when money leaves; one child for each case that the caller answers differently."""


class PayoutError(Exception):
    """`retry`: the same request under the same key may be sent again. `raw` is their words, for staff."""

    def __init__(self, message: str, *, retry: bool, raw: str = ""):
        super().__init__(message)
        self.retry = retry
        self.raw = raw


class OutcomeUnknown(PayoutError):
    """Timeout, lost connection, 5xx, 409: the money may or may not have left. Never read this as failed.

    `kept`: they answered so before and keep it under this key; only a look tells what happened.
    """

    def __init__(self, message: str, *, kept: bool = False, raw: str = ""):
        super().__init__(message, retry=True, raw=raw)
        self.kept = kept


class RateLimited(PayoutError):
    """Nothing happened; ask again later. `retry_after` in seconds when they named it."""

    def __init__(self, message: str, *, retry_after: float | None = None, raw: str = ""):
        super().__init__(message, retry=True, raw=raw)
        self.retry_after = retry_after


class Refused(PayoutError):
    """A definite no: nothing happened and nothing will. `code` is theirs where they gave one."""

    def __init__(self, message: str, *, code: str = "", raw: str = ""):
        super().__init__(message, retry=False, raw=raw)
        self.code = code


class KeyReused(PayoutError):
    """The idempotency key was first used with another request: a bug of ours, and the first request may have paid."""

    def __init__(self, message: str, *, raw: str = ""):
        super().__init__(message, retry=False, raw=raw)


class AccountRefused(PayoutError):
    """The key is wrong, or (`permission`) it is right and may not do this. Nothing happened."""

    def __init__(self, message: str, *, permission: bool = False, raw: str = ""):
        super().__init__(message, retry=False, raw=raw)
        self.permission = permission


class ForgedWebhook(PayoutError):
    """Not signed with a secret of ours, or signed too long ago, or in the future."""

    def __init__(self, message: str, *, raw: str = ""):
        super().__init__(message, retry=False, raw=raw)
