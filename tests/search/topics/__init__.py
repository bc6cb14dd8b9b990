"""Tests of `search.topics`."""
