"""Benchmarks of speed and quality, one question per program."""
