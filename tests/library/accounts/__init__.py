"""Tests of `library.accounts`."""
