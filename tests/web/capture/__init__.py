"""Tests of `web.capture`."""
