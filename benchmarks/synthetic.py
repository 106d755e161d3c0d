"""Synthetic reports: numbered paragraphs of random Chinese words under headings, in Markdown.

    .venv/bin/python benchmarks/synthetic.py FOLDER --reports 10 [--paragraphs 100] [--seed 7]

They have the form of reports and no meaning: for measuring how cost grows, not how good answers
are. `Variations` are nearer to language: sentences of real passages, with many words exchanged.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

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


class Variations:
    """Reports whose paragraphs vary real passages.

    Each paragraph has a passage as its home: most of its sentences are from there, the others from
    anywhere; of the words of two characters and more, four in ten are exchanged for others, as
    often as the passages have them. So words are as rare as in language, and paragraphs form
    clusters.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        from duanci.segment import sentences, tokenize

        self._vocabulary: list[str] = []
        numbers: dict[str, int] = {}
        cut, self._homes = [], []
        for passage in passages:
            text = "".join(passage.split())
            first = len(cut)
            for start, end in sentences(text):
                said = tokenize(text[start:end])
                cut.append([numbers.setdefault(word, len(numbers)) for word in said])
            self._homes.append((first, len(cut)))
        self._vocabulary = list(numbers)
        self._words = np.concatenate([np.array(own) for own in cut])
        self._starts = np.cumsum([0, *(len(own) for own in cut)])
        long = np.array([len(w) > 1 and w.isalpha() for w in self._vocabulary])
        self._is_long, self._long = long, self._words[long[self._words]]

    def write_report(self, folder: Path, number: int, paragraphs: int) -> Path:
        """Write one report; the same for the same number and passages."""
        rng = np.random.default_rng(number)
        lines = [f"TD/B/SYN/{number}", "", f"# 合成报告{number}", ""]
        for at in range(1, paragraphs + 1):
            if (at - 1) % _SECTION == 0:
                ordinal = _HAN[(at - 1) // _SECTION % 10]
                lines += [f"## {ordinal}、{self._join(rng.choice(self._long, 3))}", ""]
            lines += [f"{at}. {self._paragraph(rng)}", ""]
        path = folder / f"syn-{number:05}.md"
        path.write_text("\n".join(lines), "utf-8")
        return path

    def _paragraph(self, rng: np.random.Generator) -> str:
        first, last = self._homes[rng.integers(len(self._homes))]
        count = int(rng.integers(_SENTENCES[0], _SENTENCES[1] + 1))
        chosen = rng.integers(first, last, count)
        chosen = np.where(rng.random(count) < 0.3, rng.integers(len(self._starts) - 1, size=count),
                          chosen)  # fmt: skip
        said = np.concatenate([self._words[self._starts[c] : self._starts[c + 1]] for c in chosen])
        exchanged = self._is_long[said] & (rng.random(len(said)) < 0.4)
        said[exchanged] = rng.choice(self._long, int(exchanged.sum()))
        return self._join(said)

    def _join(self, said: Sequence[int]) -> str:
        return "".join(self._vocabulary[at] for at in said)


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
