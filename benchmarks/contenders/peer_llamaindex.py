"""LlamaIndex: HuggingFaceEmbedding and FaissVectorStore; with words, fusion with its BM25Retriever.

Prompts are `query_instruction` and `text_instruction`. Its BM25 cuts by a pattern: each Han
character is a word here, as it has no other way to part Chinese. Fusion is by reciprocal ranks,
without generated questions.
"""

from typing import Any

_WORD = r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+"


class LlamaIndex:
    """A vector index, or its fusion with BM25."""

    def __init__(self, runtime: str, words: bool) -> None:
        self._runtime, self._words = runtime, words

    def load(self, model: str) -> None:
        """Load the model."""
        import llama_index.core  # noqa: F401  # what an application imports anyway
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._embedding = HuggingFaceEmbedding(
            model_name=model,
            query_instruction="query: ",
            text_instruction="passage: ",
            embed_batch_size=32,
            device="cpu",
            backend=self._runtime,
        )

    def build(self, passages: list[str], folder: str) -> None:
        """Index into FAISS, by inner product, and persist."""
        import faiss
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.faiss import FaissVectorStore

        dimension = len(self._embedding.get_query_embedding("?"))
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(dimension))
        index = VectorStoreIndex(
            [TextNode(id_=str(at), text=text) for at, text in enumerate(passages, 1)],
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=self._embedding,
        )
        index.storage_context.persist(folder)
        words = None
        if self._words:
            words = self._count(index)
            words.persist(f"{folder}/words")
        self._retriever = self._join(index, words)

    def open(self, model: str, folder: str) -> None:
        """Load the model and the index."""
        self.load(model)
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.vector_stores.faiss import FaissVectorStore

        context = StorageContext.from_defaults(
            vector_store=FaissVectorStore.from_persist_dir(folder), persist_dir=folder
        )
        index = load_index_from_storage(context, embed_model=self._embedding)
        # what BM25Retriever reads back has forgotten its pattern and stemming: it is made anew
        self._retriever = self._join(index, self._count(index) if self._words else None)

    def rank(self, question: str) -> list[str]:
        """Ask the retriever."""
        return [found.node.node_id for found in self._retriever.retrieve(question)]

    def _count(self, index: Any) -> Any:
        from llama_index.retrievers.bm25 import BM25Retriever

        return BM25Retriever.from_defaults(
            docstore=index.docstore,
            similarity_top_k=10,
            language="zh",
            skip_stemming=True,
            token_pattern=_WORD,
        )

    def _join(self, index: Any, words: Any) -> Any:
        dense = index.as_retriever(similarity_top_k=10)
        if words is None:
            return dense
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever

        return QueryFusionRetriever(
            [dense, words],
            llm=MockLLM(),  # never asked: one question stays one
            similarity_top_k=10,
            num_queries=1,
            mode="reciprocal_rerank",
            use_async=False,
        )
