"""Curation: review, bulk edit, pinned answers, person merge."""
