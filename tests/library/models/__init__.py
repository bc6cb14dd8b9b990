"""Tests of `library.models`."""
