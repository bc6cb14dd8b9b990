"""Tests of `web.curation`."""
