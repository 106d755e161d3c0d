"""See whether what is quoted from the right paragraph holds the answer, on public question sets.

    .venv/bin/python benchmarks/quotes.py SQUAD_FILE... [--count 1000]

Of the questions whose paragraph is ranked first: how many quotations hold the answer that the set
gives (whole, and its beginning), how long they are, and how many sentences apart they lie.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from duanci.answer import answer_from_rankings
from duanci.config import load_settings
from duanci.encoder import open_encoder
from duanci.evaluate import index_contexts
from duanci.opening import open_index
from duanci.retrieve import retrieve


def main() -> None:
    """Ask, look, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=1000, help="questions of each set, at most")
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    print("| set | right paragraph | holds the answer | … its beginning | characters | quotes |")
    print("|---|---|---|---|---|---|")
    for file in given.files:
        asked = [
            (p["context"], qa["question"], qa["answers"][0])
            for article in json.loads(file.read_text("utf-8"))["data"]
            for p in article["paragraphs"]
            for qa in p["qas"]
        ]
        contexts = list(dict.fromkeys(context for context, _, _ in asked))
        rows = {context: at for at, context in enumerate(contexts)}
        found = []
        with TemporaryDirectory(prefix="duanci-quotes-") as folder:
            index_contexts(Path(folder), file.stem, contexts, encoder)
            index = open_index(Path(folder), encoder)
            for context, question, answer in asked[:: max(1, len(asked) // given.count)]:
                (ranking,) = retrieve(question, index, encoder)
                if not ranking.hits or ranking.hits[0].row != rows[context]:
                    continue
                spans = answer_from_rankings([ranking], 1, 0.0).citations[0].spans
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                found.append(
                    (
                        any(a <= start and end <= b for a, b in spans),
                        any(a <= start < b for a, b in spans),
                        sum(b - a for a, b in spans),
                        len(spans),
                    )
                )
        whole, beginning, length, count = np.mean(found, axis=0)
        row = f"| {file.name} | {len(found)} | {whole:.3f} | {beginning:.3f} "
        print(f"{row}| {length:.0f} | {count:.2f} |")


if __name__ == "__main__":
    main()
