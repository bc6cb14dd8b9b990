"""Copy of one person's own data."""
