"""Ingest pipeline: from recordings and notes to indexed passages."""
