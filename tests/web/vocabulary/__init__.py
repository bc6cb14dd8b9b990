"""Tests of `web.vocabulary`."""
