"""Measure finding by words alone, at sizes whose full builds take long: BM25 over windows.

    .venv/bin/python benchmarks/word_scale.py SQUAD_FILE… [--sizes 100000 1000000] [--check 5]

Each piece has two to eight sentences: the words of sentences of the files' passages, four in ten
exchanged for others, as often as the passages have them. The questions are the files' own. Printed
are the seconds of writing, what is on disk, and of a question the milliseconds that a core worked.
`--check` compares some questions with scoring every piece.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from duanci.evaluate import read_squad
from duanci.lexicon import Asked, Lexicon
from duanci.postings import PostingsWriter, Words
from duanci.ragged import places_of, starts_of
from duanci.segment import sentences, words

_PIECES = 4096  # that are written at once
_SENTENCES = (2, 8)
_EXCHANGED = 0.4
_QUESTIONS = 300


def write(folder: Path, pieces: int, real: Words) -> None:
    """Write the words of so many pieces."""
    rng = np.random.default_rng(7)
    with ExitStack() as files:
        writer = PostingsWriter(folder, files)
        for at in range(0, pieces, _PIECES):
            counts = rng.integers(*_SENTENCES, size=min(_PIECES, pieces - at), endpoint=True)
            chosen = rng.integers(len(real.starts) - 1, size=int(counts.sum()))
            ids = real.ids[places_of(real.starts, chosen)].copy()
            exchanged = rng.random(len(ids)) < _EXCHANGED
            ids[exchanged] = rng.choice(real.ids, int(exchanged.sum()))
            starts = starts_of(real.starts[chosen + 1] - real.starts[chosen])
            writer.add(Words(real.vocabulary, ids, starts), counts)
        writer.close()


def ask(lexicon: Lexicon, questions: Sequence[Sequence[str]], pieces: int, check: int) -> str:
    """Ask; return what it took."""
    took = []
    for said in questions:
        started = time.thread_time()
        lexicon.best(Asked([(said, 1.0)]), 20)
        took.append((time.thread_time() - started) * 1000)
    for said in questions[:check]:
        asked = Asked([(said, 1.0)])
        found, scores = lexicon.best(asked, 20)
        blocks = np.split(np.arange(pieces), range(2000, pieces, 2000))
        every = np.concatenate([lexicon.score(b, asked).words for b in blocks])
        least = np.partition(every, -20)[-20]
        assert set(np.flatnonzero(every >= least)) == set(found[scores >= least])
    return ", ".join(f"p{p} {np.percentile(took, p):.1f} ms" for p in (50, 95, 99))


def main() -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--check", type=int, default=0, help="questions to compare")
    given = parser.parse_args()
    sets = [read_squad(file) for file in given.files]
    passages = [text for texts, _ in sets for text in texts]
    real = Words.number(words(text[a:b]) for text in passages for a, b in sentences(text))
    asked = [words(q.text) for _, questions in sets for q in questions if q.text.strip()]
    questions = asked[:: len(asked) // _QUESTIONS][:_QUESTIONS]
    for size in given.sizes:
        with TemporaryDirectory(prefix="duanci-words-") as name:
            started = time.process_time()
            write(Path(name), size, real)
            seconds = time.process_time() - started
            disk = sum(path.stat().st_size for path in Path(name).iterdir()) / 1e6
            lexicon = Lexicon(Path(name))
            told = ask(lexicon, questions, size, given.check)
            wrote = f"written in {seconds:.0f} s, {disk:,.0f} MB"
            print(f"{size:9,} pieces: {wrote}; a question {told}", flush=True)


if __name__ == "__main__":
    main()
