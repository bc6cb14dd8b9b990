"""Who agreed to what, and whether a session is released by it."""
