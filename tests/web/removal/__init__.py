"""Tests of `web.removal`."""
