"""What can go wrong with orders, one child for each case that a caller treats differently."""


class OrdersError(Exception):
    """Any of these leaves the database as it was."""


class SoldOut(OrdersError):
    """Somebody else took the last piece of this variant."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"{sku} has just sold out")
        self.sku = sku


class Unreadable(OrdersError):
    """This is not a picture that we can read."""


class UnitsTaken(OrdersError):
    """Another return holds these units already."""
