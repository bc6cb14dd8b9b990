"""Keeping the library: backups, what comes out of them, moving house, and looking after it all."""
