"""Tests of `web.mail`."""
