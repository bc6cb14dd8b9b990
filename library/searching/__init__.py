"""What a search may look at, finds, quotes and keeps for the person who asked."""
