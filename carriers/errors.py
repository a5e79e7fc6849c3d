"""What can go wrong between a carrier and us; `retry` says whether asking again later makes sense."""


def keepable(said: str) -> str:
    """Their words without what no database keeps: NUL, and half a character, which JSON can spell ("\\ud800")."""
    return said.replace("\0", "").encode(errors="replace").decode()


class CarrierError(Exception):
    """`raw` is what the carrier said, for staff; never shown to customers. Both can be kept as they are."""

    retry = False

    def __init__(self, message: str, *, raw: str = ""):
        super().__init__(keepable(message))
        self.raw = keepable(raw)


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
