"""Tests of `web.media`."""
