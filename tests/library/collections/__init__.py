"""Tests of `library.collections`."""
