"""Tests of `search.text`."""
