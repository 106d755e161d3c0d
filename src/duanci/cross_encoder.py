"""Whether a paragraph answers a question, read by a whole encoder that sees both at once.

What tells an answer from a near miss best is to read the question with the paragraph, word by word
(a cross-encoder: Nogueira & Cho 2019, arXiv:1901.04085). It takes a pass over both, too long for
each paragraph that is ranked, and short enough where the answer is in doubt. Its weights are the
default encoder's, with low-rank changes of their own (LoRA: Hu et al. 2021, arXiv:2106.09685), that
`benchmarks/fit_cross_encoder.py` learned.
"""

import json
import threading
from functools import cached_property
from pathlib import Path

import numpy as np

from duanci.adapter import adapt, pair
from duanci.arrays import read_shipped
from duanci.bert import Bert, map_weights
from duanci.fp32_graph import Judge, open_judge
from duanci.packed import PROMPTS
from duanci.resident import give_back

FILE = "cross_encoder.npz"
LONGEST = 320  # tokens of a paragraph, and of a question with it 510: the rest is not read


class CrossEncoder:
    """Reads a question and a paragraph together; in fp32 on every machine."""

    def __init__(self, bert: Bert, folder: Path) -> None:
        """Read with the weights of the default encoder, which are opened when they are needed.

        :param bert: opened on the folder; gives the vectors of words.
        """
        self._bert, self._folder = bert, folder
        self._turn = threading.Lock()

    def compare(self, question: str, paragraph: str) -> float:
        """Tell how surely a paragraph answers a question, as a logit."""
        asked = self._bert.tokenize(PROMPTS[0] + question)[0]
        said = self._bert.tokenize(PROMPTS[1] + paragraph)[0][1:LONGEST]
        ids = [*asked, *said][: self._bert.limit - 2]
        with self._turn:  # opened once
            judge, segment = self._opened
        embedded = self._bert.embed(np.array(ids))
        embedded[len(asked) :] += segment
        return judge(embedded)

    @cached_property
    def _opened(self) -> tuple[Judge, np.ndarray]:
        """The graph, and what is added to the vectors of a paragraph's tokens, float32 (d,)."""
        learned = read_shipped(FILE)
        weights = map_weights(self._folder / "model.safetensors")
        config = json.loads((self._folder / "config.json").read_text("utf-8"))
        judge = open_judge(config, adapt({**weights, **learned}, pair(learned)))
        segment = learned["segment"]
        del weights, learned  # what was opened has its own, with the changes in them
        give_back()
        return judge, segment
