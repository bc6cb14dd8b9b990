"""Tests of `library.preservation`."""
