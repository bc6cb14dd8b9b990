"""Indexing: from transcript versions to passages with vectors."""
