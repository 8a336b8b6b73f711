"""Chunks of knowledge, the Chroma index over them, and hybrid search. Nothing heavy is imported before it is used."""

from app.retrieval.chunks import Chunk, Document, chunk_documents
from app.retrieval.embeddings import Embedder, WordLlamaEmbedder
from app.retrieval.index import ChunkIndex, SyncReport
from app.retrieval.search import HybridRetriever

__all__ = [
    "Chunk",
    "ChunkIndex",
    "Document",
    "Embedder",
    "HybridRetriever",
    "SyncReport",
    "WordLlamaEmbedder",
    "chunk_documents",
]
