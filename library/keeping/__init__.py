"""Keeping the library: backups, what comes out of them, and looking after what is there."""
