"""Tests of `library.todo`."""
