"""Automatic subject indexing, and detection of topics named in a question."""
