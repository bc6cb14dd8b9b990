"""Tests of `web.overview`."""
