"""Removal for good: redaction, take-back, trash, retention and account deletion."""
