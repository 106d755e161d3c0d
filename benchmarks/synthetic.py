"""Synthetic reports: numbered paragraphs of random Chinese words under headings, in Markdown.

    .venv/bin/python benchmarks/synthetic.py FOLDER --reports 10 [--paragraphs 100] [--seed 7]

They have the form of reports and no meaning: for measuring how cost grows, not how good answers
are.
"""

import argparse
import random
from pathlib import Path

_WORDS = 20_000
_SENTENCES = (2, 6)  # in a paragraph
_LENGTH = (6, 18)  # words in a sentence
_SECTION = 12  # paragraphs under a heading
_HAN = "一二三四五六七八九十"


def make_vocabulary(rng: random.Random) -> list[str]:
    """Return words of two to four characters, out of jieba's dictionary."""
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    known = [
        word
        for word, count in jieba.dt.FREQ.items()
        if count > 20 and 2 <= len(word) <= 4 and word.isalpha() and not word.isascii()
    ]
    return rng.sample(sorted(known), min(_WORDS, len(known)))


def write_report(folder: Path, number: int, paragraphs: int, words: list[str]) -> Path:
    """Write one report; the same for the same number and words."""
    rng = random.Random(number)
    lines = [f"TD/B/SYN/{number}", "", f"# 合成报告{number}", ""]
    for at in range(1, paragraphs + 1):
        if (at - 1) % _SECTION == 0:
            section = (at - 1) // _SECTION
            lines += [f"## {_HAN[section % 10]}、{''.join(rng.choices(words, k=3))}", ""]
        sentences = (
            "".join(rng.choices(words, k=rng.randint(*_LENGTH))) + "。"
            for _ in range(rng.randint(*_SENTENCES))
        )
        lines += [f"{at}. {''.join(sentences)}", ""]
    path = folder / f"syn-{number:05}.md"
    path.write_text("\n".join(lines), "utf-8")
    return path


def write_reports(folder: Path, reports: int, paragraphs: int = 100, seed: int = 7) -> list[Path]:
    """Write reports into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    words = make_vocabulary(random.Random(seed))
    return [write_report(folder, number, paragraphs, words) for number in range(1, reports + 1)]


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reports", type=int, default=10)
    parser.add_argument("--paragraphs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    made = write_reports(given.folder, given.reports, given.paragraphs, given.seed)
    print(f"{len(made)} reports of {given.paragraphs} paragraphs in {given.folder}")


if __name__ == "__main__":
    main()
