"""Tests of `library.notifications`."""
