"""Transcripts: versions, corrections, and what carries over from one to the next."""
