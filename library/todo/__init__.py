"""Tasks that wait for a person: consent, corrections, decisions, repairs."""
