"""Transcripts: versions, drafts, corrections, redaction of words, and merging of changes."""
