"""Tests of `library.transcripts`."""
