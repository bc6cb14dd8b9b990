"""Tests of `library.capture`."""
