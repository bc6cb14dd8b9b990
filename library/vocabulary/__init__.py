"""Vocabulary of topics, and the topics of sessions."""
