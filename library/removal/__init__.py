"""Removal of data: redaction, take-back, trash, retention and account deletion."""
