"""Tests of `web.todo`."""
