"""Tests of `web.charts`."""
