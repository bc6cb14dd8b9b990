"""Tests of `ingest.asr`."""
