"""Speed and quality, measured; each file answers one question."""
