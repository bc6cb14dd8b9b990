"""Immutable index segments with postings and vectors, in memory and on disk."""
