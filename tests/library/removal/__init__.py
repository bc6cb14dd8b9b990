"""Tests of `library.removal`."""
