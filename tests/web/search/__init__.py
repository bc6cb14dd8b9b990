"""Tests of `web.search`."""
