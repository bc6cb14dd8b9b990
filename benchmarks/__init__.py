"""Benchmarks of speed and quality. Each program measures one thing."""
