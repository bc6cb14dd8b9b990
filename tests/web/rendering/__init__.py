"""Tests of `web.rendering`."""
