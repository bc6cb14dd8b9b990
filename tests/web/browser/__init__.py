"""Tests of `web.browser`."""
