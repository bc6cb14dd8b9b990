"""Tests of `ingest.media`."""
