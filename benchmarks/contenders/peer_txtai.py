"""txtai: its own mean pooling over transformers, FAISS; `hybrid` adds its BM25.

Prompts are its `instructions`. On OpenVINO it takes its documented sentence-transformers vectors,
whose settings (`vectors`) go to the model.
"""

from typing import Any


class Txtai:
    """An embeddings database."""

    def __init__(self, runtime: str, words: bool) -> None:
        self._runtime, self._words = runtime, words

    def load(self, model: str) -> None:
        """Make the database, which loads the model."""
        from txtai import Embeddings

        config: dict[str, Any] = {
            "path": model,
            "instructions": {"query": "query: ", "data": "passage: "},
            "hybrid": self._words,
        }
        if self._runtime == "openvino":
            config |= {"method": "sentence-transformers", "vectors": {"backend": "openvino"}}
        self._embeddings = Embeddings(config)

    def build(self, passages: list[str], folder: str) -> None:
        """Index and save."""
        self._embeddings.index((str(at), text, None) for at, text in enumerate(passages, 1))
        self._embeddings.save(folder)

    def open(self, model: str, folder: str) -> None:
        """Load the database; what was saved names the model."""
        from txtai import Embeddings

        del model
        self._embeddings = Embeddings()
        self._embeddings.load(folder)

    def rank(self, question: str) -> list[str]:
        """Search."""
        return [str(found) for found, _ in self._embeddings.search(question, 10)]
