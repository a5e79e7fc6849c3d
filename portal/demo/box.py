"""Telling the sandbox what to do: its control address, over HTTP like everything else."""

import requests

from carriers import new_session


class Box:
    """`url` is where the sandbox answers."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.session: requests.Session = new_session()

    def post(self, path: str, **said: object) -> dict:
        """Raises requests.RequestException when the sandbox does not answer or says no."""
        reply = self.session.post(f"{self.url}/_sandbox/{path}", json=said, timeout=10)
        reply.raise_for_status()
        return reply.json()

    def payment(self, reference: str, amount: int, currency: str) -> None:
        """`amount` in Stripe's smallest unit."""
        self.post("payments", id=reference, amount=amount, currency=currency)

    def parcel(self, number: str, life: str, started_at: str | None = None) -> None:
        self.post("parcels", number=number, life=life, started_at=started_at)

    def move(self, number: str, to: str) -> None:
        """Until a step of its life has just happened: handed_in, out_for_delivery, delivered."""
        self.post(f"parcels/{number}/move", to=to)

    def new_refunds(self, status: str = "succeeded", reference_status: str = "available") -> None:
        self.post("refunds", status=status, reference_status=reference_status)
