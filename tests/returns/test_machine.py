"""Any commands in any order: the ledgers agree after every step. The long run (script/long) takes 100,000 steps."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from returns import till
from tests.returns import machine

STEPS = int(os.environ.get("MACHINE_STEPS", "2000"))
A_RUN = 50  # rules; some do several things and many have nothing to do, so a run is some thirty commands at least
COMMANDS_A_RUN = 32
MUST_BE_SEEN = {
    "return.approved",
    "return.rejected",
    "return.contested",
    "return.cancelled",
    "return.received",
    "return.accepted",
    "return.settled",
    "return.handed_in",
    "return.reopened",
    "deduction.proposed",
    "exchange.shipped",
    "refund.succeeded",
    "refund.failed",
    "proof.submitted",
    "payment.differs",
    "payment.disputed",
    "payment.dispute_over",
}


def run(day: type[machine.Day], steps: int) -> None:
    honest = till.payout
    try:
        run_state_machine_as_test(
            day,
            settings=settings(
                max_examples=max(steps // COMMANDS_A_RUN, 1),
                stateful_step_count=A_RUN,
                deadline=None,
                derandomize="MACHINE_STEPS" not in os.environ,
                suppress_health_check=list(HealthCheck),
                database=None,
                phases=[Phase.generate],  # the log of commands tells it; shrinking takes minutes
                report_multiple_bugs=False,
                print_blob=False,
            ),
        )
    finally:
        till.payout = honest


@pytest.mark.django_db
@pytest.mark.timeout(6 * 3600 if STEPS > 2000 else 300)
def test_the_ledgers_agree_after_every_step_of_any_day():
    machine.seen.clear()

    run(machine.Day, STEPS)

    steps = machine.seen.pop("steps")
    print(f"{steps} commands, {sum(machine.seen.values())} lines of the timeline, 0 broken")
    assert steps >= STEPS
    assert MUST_BE_SEEN - set(machine.seen) == set()


@pytest.mark.django_db
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", machine.faults)
def test_the_same_day_finds_a_seeded_fault(fault):
    day = type("Faulty", (machine.Day,), {"seed_fault": fault})

    with pytest.raises(AssertionError):
        run(day, 600)
