"""Tests of `library.exports`."""
