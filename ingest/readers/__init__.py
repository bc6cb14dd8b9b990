"""Readers that turn notes and transcripts into segments: one module for each file format."""
