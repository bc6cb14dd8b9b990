"""Preservation: backup, restore, export, import and integrity checks of the library."""
