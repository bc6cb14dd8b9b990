"""Tests of `library.overview`."""
