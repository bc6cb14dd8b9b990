"""Tests of `library.sessions`."""
