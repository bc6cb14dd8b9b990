"""Tests of `search.overview`."""
