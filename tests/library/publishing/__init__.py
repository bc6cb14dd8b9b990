"""Tests of `library.publishing`."""
