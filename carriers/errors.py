"""What can go wrong between a carrier and us; `retry` says whether asking again later makes sense."""


class CarrierError(Exception):
    """`raw` is what the carrier said, for staff; never shown to customers."""

    retry = False

    def __init__(self, message: str, *, raw: str = ""):
        super().__init__(message)
        self.raw = raw


class NotOffered(CarrierError):
    """This carrier has no such service, or none that is documented."""

    def __init__(self, message: str = "This carrier does not offer that.", *, raw: str = ""):
        super().__init__(message, raw=raw)


class CarrierDown(CarrierError):
    """No answer, an answer cut short, a 5xx, or something that is not the API speaking."""

    retry = True


class RateLimited(CarrierError):
    """Asked too often; `retry_after` in seconds when the carrier named it."""

    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None, raw: str = ""):
        super().__init__(message, raw=raw)
        self.retry_after = retry_after


class AccountRefused(CarrierError):
    """401 or 403: the key is wrong, or may not do this."""


class BadRequest(CarrierError):
    """Any other 4xx: asking again the same way gives the same answer."""


class ForgedWebhook(CarrierError):
    """The signature does not hold."""
