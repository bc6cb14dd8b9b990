"""Tests of `library.consent`."""
