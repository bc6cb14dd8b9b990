"""Tests of `web.accounts`."""
