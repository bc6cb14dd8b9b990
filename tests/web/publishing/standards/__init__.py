"""Tests of `web.publishing.standards`."""
