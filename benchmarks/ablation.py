"""Leave out each ingredient of the ranking in turn, and see what it was good for.

    .venv/bin/python benchmarks/ablation.py SET... [--count 4000]

A set is SQuAD-format `.json`, whose contexts are indexed for the run, or `.jsonl`, asked of the
build in force. Of those, questions for paragraphs by number and without an answer are left out.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

from duanci import candidates as found
from duanci.candidates import Trust, find_candidates, trust_in_words
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import Question, index_contexts, read_questions, read_squad
from duanci.followup import understand
from duanci.index import Index
from duanci.interaction import Asking, Scores, interact
from duanci.opening import open_index
from duanci.query import make_query
from duanci.references import find_references, find_step
from duanci.retrieve import WEIGHTS, join_scores
from duanci.tokens import Tokens

_DEPTH = 20  # candidates of one ranking alone
_WORDS, _BREADTH, _, _MEANING, _, _WINDOW = WEIGHTS
_ONE, _NONE = (1.0, *(0.0,) * 5), (0.0,) * 6

# name: where candidates come from, the weights, and whether words count the less the fewer of them
# anything has
_VARIANTS: dict[str, tuple[str, tuple[float, ...], bool]] = {
    "all": ("both", WEIGHTS, True),
    "without centring": ("plain", WEIGHTS, True),
    "without BM25 in the ranking": ("both", (0, *WEIGHTS[1:]), True),
    "… nor the words of the whole": ("both", (0, 0, *WEIGHTS[2:]), True),
    "without the words of the whole": ("both", (_WORDS, 0, *WEIGHTS[2:]), True),
    "without what words are translated by": ("both", (*WEIGHTS[:3], 0, *WEIGHTS[4:]), True),
    "without late interaction": ("both", (_WORDS, _BREADTH, 0, _MEANING, 0, 0), True),
    "… with the whole paragraph": ("both", (*WEIGHTS[:4], 0, _WINDOW), True),
    "… with the best window": ("both", (*WEIGHTS[:5], 0), True),
    "… how evenly tokens are met": ("both", (*WEIGHTS[:2], 0, *WEIGHTS[3:]), True),
    "without candidates by vector": ("words", WEIGHTS, True),
    "without candidates by words": ("vector", WEIGHTS, True),
    "words always count fully": ("both", WEIGHTS, False),
    "the dense vectors alone": ("vector", _NONE, True),
    "BM25 alone": ("words", _ONE, False),
}


def rank(question: Question, index: Index, encoder: Encoder) -> dict[str, list[int]]:
    """Return the rows as each variant ranks them, best first."""
    text, context = understand(question.text, question.turns)
    query = make_query(text, index, encoder, context)
    near = index.near(query.encoding().encoded.vector, 150)[0][:_DEPTH].tolist()
    said = index.said(query.asked, _DEPTH).tolist()
    both = [c.row for c in find_candidates(query, index, None)]
    wanted = np.array(sorted({*near, *said, *both}), np.int64)
    made = {c.row: c for c in find_candidates(query, index, wanted, len(wanted))}
    with patch.object(found, "interact", _interact_plainly):
        plain = {c.row: c for c in find_candidates(query, index, wanted, len(wanted))}
    sources = {"vector": near, "words": said, "both": both, "plain": both}
    ranked = {}
    for name, (source, weights, may_doubt) in _VARIANTS.items():
        own = plain if source == "plain" else made
        rows = [row for row in sources[source] if row in own]
        candidates = [own[row] for row in rows]
        trust = trust_in_words(query, candidates) if may_doubt else Trust(1.0, 0.0)
        scores = join_scores(candidates, trust, weights)
        ranked[name] = [rows[at] for at in np.argsort(-scores, kind="stable")]
    return ranked


def _interact_plainly(asking: Asking, tokens: Tokens) -> tuple[Scores, Scores]:
    plain, _ = interact(asking, tokens)
    return plain, plain


def measure(questions: Sequence[Question], index: Index, encoder: Encoder) -> None:
    """Print hit@1, hit@3 and nDCG@10 of each variant."""
    places: dict[str, list[int | None]] = {name: [] for name in _VARIANTS}
    for question in tqdm(questions, unit=" questions"):
        for name, rows in rank(question, index, encoder).items():
            ids = [index.paragraphs[row].id for row in rows]
            found = [ids.index(gold) + 1 for gold in question.gold if gold in ids]
            places[name].append(min(found, default=None))
    print(f"| {len(questions)} questions | hit@1 | hit@3 | nDCG@10 |\n|---|---|---|---|")
    for name, own in places.items():
        first = np.mean([place == 1 for place in own])
        third = np.mean([place is not None and place <= 3 for place in own])
        gain = np.mean([1 / np.log2(p + 1) if p and p <= 10 else 0 for p in own])
        print(f"| {name} | {first:.4f} | {third:.4f} | {gain:.4f} |")


def main() -> None:
    """Measure each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=4000, help="questions of each set, at most")
    given = parser.parse_args()
    settings = load_settings()
    encoder = open_encoder(settings)
    for file in given.files:
        print(f"\n{file.name}")
        if file.suffix == ".jsonl":
            questions = [
                q
                for q in read_questions(file)
                if q.gold and not find_references(q.text) and not find_step(q.text)
            ]
            measure(questions, open_index(settings.index, encoder), encoder)
            continue
        contexts, questions = read_squad(file)
        with TemporaryDirectory(prefix="duanci-ablation-") as folder:
            index_contexts(Path(folder), file.stem, contexts, encoder)
            step = max(1, len(questions) // given.count)
            measure(questions[::step], open_index(Path(folder), encoder), encoder)


if __name__ == "__main__":
    main()
