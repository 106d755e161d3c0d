"""Learn which words of questions stand for which words of reports, and write `translation.npz`.

    .venv/bin/python benchmarks/fit_translation.py

It learns from the questions of `training/` with the paragraphs that answer them, in all languages;
from `words/thesaurus.tsv`, in each line a word of reports and, parted by blanks, what people say
for it; and from `words/glossary.tsv`: a word, and what it is in English, French, Spanish, Russian
and Arabic. IBM model 1, three rounds of expectation maximisation: more fit it to the texts. What a
word of a text is translated by adds up to 1 in each script. Takes a minute.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.languages import Language
from duanci.postings import key_of, keys_of
from duanci.ragged import starts_of
from duanci.translation import FILE, asked_words, said_words
from passages import read_passages

HERE = Path(__file__).parent
TABLE = HERE.parent / "src" / "duanci" / FILE
_ROUNDS = 3
_DOUBT = 3.0  # times that a word of a text stands for nothing, beside those that it was seen
_SURE = 2 / 60  # odds that a word of a question stands for what a text of 60 words says
_LEAST = 0.2  # odds, at least, for a translation to be kept
_SEEN = 0.1  # times that it is to have been seen
_MOST = 60000.0  # odds that are written, at most
_NOTHING = ""  # what a word of a question is translated by that stands for none of a text

# Lists of words, and the languages of their fields.
_LISTS: dict[str, tuple[Language, ...]] = {
    "thesaurus": ("zh",),
    "glossary": ("en", "fr", "es", "ru", "ar"),
}

Pair = tuple[list[str], list[str]]  # words of a question, and of what it asks for


def read_pairs() -> Iterator[Pair]:
    """Give all that is learned from."""
    for passages in read_passages(HERE / "training"):
        for passage in passages:
            said = [_NOTHING, *said_words(passage["paragraph"])]
            yield from ((asked_words(asked["q"]), said) for asked in passage["questions"])
    for name, languages in _LISTS.items():
        for line in (HERE / "words" / f"{name}.tsv").read_text("utf-8").splitlines():
            word, *fields = line.split("\t")
            said = said_words(word)
            for language, field in zip(languages, fields, strict=True):
                for phrase in field.split():
                    yield asked_words(phrase, language), [word] if word in said else said


def script_of(word: str) -> int:
    """Return a number for the script of a word: of Greek and Latin one, as of Han characters."""
    return int(np.searchsorted([0x400, 0x600, 0x700], ord(word[0]), side="right"))


def fit(pairs: list[Pair]) -> dict[str, NDArray[Any]]:
    """Fit the table; see `translation.Table`."""
    asked = _number(word for words, _ in pairs for word in words)
    said = _number([_NOTHING, *(word for _, texts in pairs for word in texts)])
    scripts = np.array([script_of(word) for word in asked])
    cells, groups = [], []  # a group is a word of a question with all that it may stand for
    for words, texts in pairs:
        own = np.array([said[word] for word in texts])
        cells += [asked[word] * len(said) + own for word in words]
        groups += [len(own)] * len(words)
    group = np.repeat(np.arange(len(groups)), groups)
    found, cell = np.unique(np.concatenate(cells), return_inverse=True)
    of, by = np.divmod(found, len(said))
    share = by * (scripts.max() + 1) + scripts[of]  # a word of a text, in a script
    odds = np.ones(len(found))
    for _ in range(_ROUNDS):
        chosen = odds[cell] / np.bincount(group, odds[cell])[group]
        counts = np.bincount(cell, chosen)
        odds = counts / (np.bincount(share, counts)[share] + _DOUBT)
    asked_often = np.bincount([asked[word] for words, _ in pairs for word in words])
    often = asked_often / np.bincount(scripts, asked_often)[scripts]
    odds *= _SURE / often[of]
    kept = (odds >= _LEAST) & (counts >= _SEEN) & (by != said[_NOTHING])
    used, of = np.unique(of[kept], return_inverse=True)
    targets, by = np.unique(by[kept], return_inverse=True)
    return {
        "asked": keys_of(asked)[used],
        "starts": starts_of(np.bincount(of, minlength=len(used))),
        "said": keys_of(said)[targets],
        "targets": by.astype(np.int32),
        "odds": np.minimum(odds[kept], _MOST).astype(np.float16),
    }


def _number(words: Iterable[str]) -> dict[str, int]:
    """Give words numbers, each one, in the order of their keys."""
    return {word: at for at, word in enumerate(sorted(set(words), key=key_of))}


def main() -> None:
    """Fit, and write."""
    pairs = [(words, texts) for words, texts in read_pairs() if words]
    table = fit(pairs)
    np.savez_compressed(TABLE, **table)
    print(
        f"{len(pairs)} pairs; {len(table['asked'])} words translated by {len(table['said'])}, "
        f"{len(table['targets'])} translations; {TABLE.name}: {TABLE.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
