"""Tests of `web.admin`."""
