"""Tests of `search.embedding`."""
