"""Tests of `web.consent`."""
