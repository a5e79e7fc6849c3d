"""How Stripe says no."""

from .http import Reply


class No(Exception):
    """An error object of Stripe's. `kept`: stored under the idempotency key, as only what began to run is."""

    def __init__(self, status: int, message: str, *, code: str = "", param: str = "", kept: bool = False):
        super().__init__(message)
        said = {"type": "invalid_request_error", "message": message, "code": code, "param": param}
        self.reply = Reply(status, {"error": {name: value for name, value in said.items() if value}})
        self.kept = kept


def slow_down(seconds: float) -> Reply:
    message = "Request rate limit exceeded."
    error = {"type": "invalid_request_error", "code": "rate_limit", "message": message}
    return Reply(429, {"error": error}, {"Retry-After": f"{seconds:.0f}"})


def in_use(key: str) -> Reply:
    message = f"There is currently another in-progress request using the idempotency key {key}."
    error = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": message}
    return Reply(409, {"error": error})


def other_parameters(key: str) -> Reply:
    message = (
        f"Keys for idempotent requests can only be used with the same parameters they were first used with ({key})."
    )
    return Reply(400, {"error": {"type": "idempotency_error", "message": message}})


def broken() -> Reply:
    return Reply(500, {"error": {"type": "api_error", "message": "An unknown error occurred."}})


def missing(noun: str, name: str, param: str) -> No:
    return No(404, f"No such {noun}: '{name}'", code="resource_missing", param=param, kept=True)
