"""The machine of a case, drawn from the code."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from returns.models import Return


class Command(BaseCommand):
    help = "graph: the states of a return and what leads from one to the next, as a Mermaid diagram"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["graph"])

    def handle(self, *, verb: str, **options: Any) -> None:
        self.stdout.write(graph())


def graph() -> str:
    """One line a step. The steps from all the states of one bundle to the same target are drawn once, from the bundle,
    so that the picture can be read."""
    field = Return._meta.get_field("state")
    edges: dict[tuple[str, str], list[str]] = {}
    for step in field.get_all_transitions(Return):
        edges.setdefault((step.name, str(step.target)), []).append(str(step.source))
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for name, states in BUNDLES.items():
        lines += [f"    state {name} {{", *(f"        {state}" for state in states), "    }"]
    for (name, target), sources in edges.items():
        lines += [f"    {source} --> {target}: {name}" for source in _bundled(set(sources)) if source != target]
    lines += [f"    {state} --> [*]" for state in sorted(Return.ENDED)]
    return "\n".join(lines)


BUNDLES = {
    "undecided": [str(state) for state in Return.UNDECIDED],
    "not_sent": [str(state) for state in Return.NOT_SENT],
    "at_the_bench": [str(state) for state in Return.AT_THE_BENCH],
}


def _bundled(sources: set[str]) -> list[str]:
    """The sources, a whole bundle of them by its name."""
    found = []
    for name, states in BUNDLES.items():
        if set(states) <= sources:
            found.append(name)
            sources = sources - set(states)
    return sorted(found) + sorted(sources)
