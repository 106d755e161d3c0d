"""Ask the build in force questions about something else, and count the refusals.

    .venv/bin/python benchmarks/unanswerable.py SQUAD_FILE [--count 1000] [--answered]

The questions of a SQuAD-format set have nothing to do with the report; all should be refused.
"""

import argparse
from pathlib import Path

from duanci.assistant import Assistant
from duanci.config import load_settings
from duanci.evaluate import read_squad


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--answered", action="store_true", help="print those answered wrongly")
    given = parser.parse_args()
    _, questions = read_squad(given.file)
    assistant = Assistant.open(load_settings())
    asked = questions[: given.count]
    answered = [q.text for q in asked if assistant.reply(q.text).answered]
    if given.answered:
        print(*answered, sep="\n")
    print(f"asked {len(asked)}, refused {1 - len(answered) / len(asked):.4f}")


if __name__ == "__main__":
    main()
