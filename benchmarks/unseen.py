"""Ask questions of reports that nothing was learned from or chosen on.

    .venv/bin/python benchmarks/unseen.py [--every 5] [--start 0] [--threshold 0.18]

`unseen/` has 43 invented reports with questions, as its README tells. Weights, models of refusal
and what the encoder learned are older: what fails here is what fails on a new report. Rules for
what cannot tell a number, a year or a country were made by looking at what is asked without
`--start`, and mended by what they refused of `--start 1`, `2` and `3`; of `--start 4` nothing was
looked at.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from duanci.config import load_settings
from duanci.encoder import open_encoder
from passages import read_passages
from written import Shelf, Written, ask, table

TEXTS = Path(__file__).with_suffix("")


def read_unseen(every: int = 1, start: int = 0) -> Iterator[Shelf]:
    """Read the reports, and each Nth of their questions, which are twelve a paragraph.

    :param start: how many questions come before the first, less than `every`.
    """
    count = 0
    for passages in read_passages(TEXTS):
        contexts = [record["paragraph"] for record in passages]
        shelf = Shelf([str(at + 1) for at in range(len(contexts))], contexts, [])
        for place, record in enumerate(passages):
            near = [question | {"kind": "near"} for question in record["near"]]
            for asked in record["questions"] + near:
                if count % every == start:
                    own = Written(asked["q"], asked["kind"], asked["lang"], place, None)
                    shelf.questions.append(own)
                count += 1
        yield shelf


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--every", type=int, default=5, help="ask each Nth of all questions")
    parser.add_argument("--start", type=int, default=0, help="how many come before the first")
    parser.add_argument("--threshold", type=float, default=load_settings().refusal_threshold)
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    shelves = tqdm(list(read_unseen(given.every, given.start)), disable=None)
    asked = [one for shelf in shelves for one in ask(shelf, encoder, given.threshold)]
    print("\n".join(table(asked)))


if __name__ == "__main__":
    main()
