"""Tests of `web.openapi`."""
