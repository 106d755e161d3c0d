"""A small report whose paragraphs say which version of it they are of; for `kill` and `live`."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from conftest import SMALL_REPORT, WordEncoder  # noqa: E402

__all__ = ["TESTS", "WordEncoder", "write_version"]


def write_version(report: Path, version: int) -> None:
    """Write the report so that each paragraph says which version it is of."""
    text = SMALL_REPORT
    for words in ("会议建议", "会议注意到", "经费用于", "乌兰巴托的"):
        text = text.replace(words, f"第{version:04}版{words}")
    report.write_text(text, "utf-8")
