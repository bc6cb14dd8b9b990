"""Tests of `web.sessions`."""
