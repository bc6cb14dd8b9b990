"""Tests of `web.commands`."""
