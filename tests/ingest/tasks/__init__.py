"""Tests of `ingest.tasks`."""
