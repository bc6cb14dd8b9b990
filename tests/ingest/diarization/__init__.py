"""Tests of `ingest.diarization`."""
