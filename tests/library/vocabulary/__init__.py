"""Tests of `library.vocabulary`."""
