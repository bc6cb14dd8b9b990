"""Tests of `search.index`."""
