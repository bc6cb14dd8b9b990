"""Redaction, take-back, trash, retention, sealed originals and account deletion."""
