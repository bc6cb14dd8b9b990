"""Tests of `web.transcripts`."""
