"""Tests of `web.publishing`."""
