"""Haystack: SentenceTransformers embedders and InMemoryDocumentStore; with words, joined with BM25.

Prompts are the embedders' `prefix`. Its BM25 takes each Han character for a word, by default. The
joiner works by reciprocal ranks.
"""

from typing import Any


class Haystack:
    """A pipeline of embedder and retriever, or with a second retriever and a joiner."""

    def __init__(self, runtime: str, words: bool) -> None:
        self._runtime, self._words = runtime, words

    def load(self, model: str) -> None:
        """Load the model, which both embedders share."""
        from haystack_integrations.components.embedders import sentence_transformers

        common = {
            "model": model,
            "normalize_embeddings": True,
            "progress_bar": False,
            "batch_size": 32,
            "backend": self._runtime,
        }
        self._embedder = sentence_transformers.SentenceTransformersTextEmbedder(
            prefix="query: ", **common
        )
        self._documents = sentence_transformers.SentenceTransformersDocumentEmbedder(
            prefix="passage: ", **common
        )
        self._embedder.warm_up()
        self._documents.warm_up()

    def build(self, passages: list[str], folder: str) -> None:
        """Embed, write and save."""
        from haystack import Document
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        documents = [Document(id=str(at), content=text) for at, text in enumerate(passages, 1)]
        store.write_documents(self._documents.run(documents)["documents"])
        store.save_to_disk(f"{folder}/store.json")
        self._pipeline = self._join(store)

    def open(self, model: str, folder: str) -> None:
        """Load the model and the store."""
        self.load(model)
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._pipeline = self._join(InMemoryDocumentStore.load_from_disk(f"{folder}/store.json"))

    def rank(self, question: str) -> list[str]:
        """Run the pipeline."""
        given: dict[str, Any] = {"embedder": {"text": question}}
        if self._words:
            given["words"] = {"query": question}
        found = self._pipeline.run(given)["joiner" if self._words else "dense"]["documents"]
        return [document.id for document in found]

    def _join(self, store: Any) -> Any:
        from haystack import Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import (
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )

        pipeline = Pipeline()
        pipeline.add_component("embedder", self._embedder)
        pipeline.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=10))
        pipeline.connect("embedder.embedding", "dense.query_embedding")
        if self._words:
            joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=10)
            pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=10))
            pipeline.add_component("joiner", joiner)
            pipeline.connect("dense", "joiner")
            pipeline.connect("words", "joiner")
        return pipeline
