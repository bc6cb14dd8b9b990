"""Tests of `library.discovery`."""
