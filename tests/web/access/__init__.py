"""Tests of `web.access`."""
