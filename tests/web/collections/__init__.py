"""Tests of `web.collections`."""
