"""List the questions of a set that fail, one by one, as Markdown.

    .venv/bin/python benchmarks/failures.py tests/golden.jsonl > docs/failures.md

Asked of the build in force: whose paragraph is not ranked first; that are refused although the
report answers them; that are answered although it does not.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from duanci.assistant import Assistant
from duanci.config import load_settings
from duanci.evaluate import Outcome, read_questions, run


def write(outcome: Outcome, what: str) -> str:
    """Write one failure as a row of a table."""
    question = outcome.question
    asked = " → ".join([*question.turns, question.text]).replace("|", "\\|")
    gold = ", ".join(question.gold) or "—"
    ranked = ", ".join(outcome.ranked[:3])
    return f"| {question.kind} | {asked} | {gold} | {ranked} | {what} |"


def tell(outcome: Outcome) -> str:
    """Tell what failed; "" where nothing did."""
    if not outcome.question.gold:
        return "answered" if outcome.answered else ""
    misses = [] if outcome.place == 1 else [f"placed {outcome.place or 'nowhere'}"]
    return ", ".join(misses + ["refused"] * (not outcome.answered))


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Write a table of the failures among outcomes."""
    rows = [write(outcome, tell(outcome)) for outcome in outcomes if tell(outcome)]
    head = "| kind | question | answered by | ranked first | what failed |\n|---|---|---|---|---|"
    return [f"{len(rows)} of {len(outcomes)}.", "", head, *rows] if rows else ["None."]


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="a question set, JSONL")
    given = parser.parse_args()
    outcomes = run(Assistant.open(load_settings()), read_questions(given.file)).outcomes
    answerable = [o for o in outcomes if o.question.gold]
    others = [o for o in outcomes if not o.question.gold]
    print("# Failures\n")
    print(f"Written by `benchmarks/failures.py {given.file}`. A question of several turns is")
    print("given with arrows; the numbers are paragraph ids.")
    print("\n## The report answers\n")
    print(*table(answerable), sep="\n")
    print("\n## The report does not answer\n")
    print(*table(others), sep="\n")


if __name__ == "__main__":
    main()
