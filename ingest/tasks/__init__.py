"""Periodic tasks of the worker besides jobs."""
