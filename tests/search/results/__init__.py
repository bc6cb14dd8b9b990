"""Tests of `search.results`."""
