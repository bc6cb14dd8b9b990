"""Tests of `library.curation`."""
