"""The ground: what is kept and who may see it."""
