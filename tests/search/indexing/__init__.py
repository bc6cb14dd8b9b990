"""Tests of `search.indexing`."""
