"""Tests of `web.speakers`."""
