"""Domain layer of the library: stored data and access rights."""
