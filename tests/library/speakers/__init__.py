"""Tests of `library.speakers`."""
