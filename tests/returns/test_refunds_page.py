"""docs/refunds.md: its example runs, and its answer is the one that is printed."""

import json
import re
from pathlib import Path

from django.core.management import call_command

from returns.amounts import RULE_OF
from returns.quote import STEP_KEYS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "refunds.md").read_text()


def block(name: str) -> dict:
    return json.loads(re.search(rf"<!-- {name} -->\n```json\n(.*?)```", PAGE, re.DOTALL)[1])


def test_the_example_gives_the_answer_that_is_printed(tmp_path, capsys):
    file = tmp_path / "order.json"
    file.write_text(json.dumps(block("quote")))

    call_command("quote", str(file))

    [_, step] = json.loads(capsys.readouterr().out)["steps"]
    assert {key: value for key, value in step.items() if key != "explained"} == block("answer")


def test_the_page_names_every_kind_of_step_with_its_keys_and_every_rule():
    for kind, keys in STEP_KEYS.items():
        row = next(
            line for line in reversed(PAGE.splitlines()) if line.startswith("| `") and f"`{kind}`" in line.split("|")[1]
        )
        assert [key for key in keys if key != "lines" and key not in row] == []
    assert [rule for rule in {*RULE_OF.values(), "R2", "R4", "R4F", "R5", "R7"} if f"`{rule}`" not in PAGE] == []
