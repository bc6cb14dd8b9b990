"""Tests of `search.ranking`."""
