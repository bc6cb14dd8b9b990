"""Transcript editor, versions and API resources."""
