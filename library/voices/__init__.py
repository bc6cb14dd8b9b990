"""Voices that are recognised again, by consent alone."""
