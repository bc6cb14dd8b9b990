"""Curation: review, bulk edits, pinned answers, duplicate people and freshness."""
