"""LangChain: HuggingFaceEmbeddings and FAISS; with words, EnsembleRetriever and BM25 over jieba.

Prompts go to `encode` as its documentation says. BM25Retriever stores nothing: it is made anew of
the passages whenever the index is opened.
"""

import json
import logging
from pathlib import Path
from typing import Any


class LangChain:
    """A vector store, or an ensemble of it and BM25 at equal weights."""

    def __init__(self, runtime: str, words: bool) -> None:
        self._runtime, self._words = runtime, words

    def load(self, model: str) -> None:
        """Load the model."""
        from langchain_huggingface import HuggingFaceEmbeddings

        common = {"normalize_embeddings": True, "batch_size": 32}
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model,
            model_kwargs={"device": "cpu", "backend": self._runtime},
            encode_kwargs={"prompt": "passage: ", **common},
            query_encode_kwargs={"prompt": "query: ", **common},
        )

    def build(self, passages: list[str], folder: str) -> None:
        """Embed into FAISS, by inner product, and save."""
        from langchain_community.vectorstores import FAISS
        from langchain_community.vectorstores.utils import DistanceStrategy

        store = FAISS.from_texts(
            passages,
            self._embeddings,
            metadatas=[{"id": str(at)} for at in range(1, len(passages) + 1)],
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )
        store.save_local(folder)
        Path(folder, "passages.json").write_text(json.dumps(passages), "utf-8")
        self._retriever = self._join(store, passages)

    def open(self, model: str, folder: str) -> None:
        """Load the model and the store."""
        self.load(model)
        from langchain_community.vectorstores import FAISS
        from langchain_community.vectorstores.utils import DistanceStrategy

        store = FAISS.load_local(
            folder,
            self._embeddings,
            allow_dangerous_deserialization=True,
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )
        passages = json.loads(Path(folder, "passages.json").read_text("utf-8"))
        self._retriever = self._join(store, passages)

    def rank(self, question: str) -> list[str]:
        """Ask the retriever."""
        return [str(document.metadata["id"]) for document in self._retriever.invoke(question)]

    def _join(self, store: Any, passages: list[str]) -> Any:
        dense = store.as_retriever(search_kwargs={"k": 10})
        if not self._words:
            return dense
        import jieba
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever

        jieba.setLogLevel(logging.WARNING)
        words = BM25Retriever.from_texts(
            passages,
            metadatas=[{"id": str(at)} for at in range(1, len(passages) + 1)],
            preprocess_func=jieba.lcut,
            k=10,
        )
        return EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5])
