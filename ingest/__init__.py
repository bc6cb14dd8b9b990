"""A recording or a note becomes passages."""
