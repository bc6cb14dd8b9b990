"""What a look at the whole library shows: its growth, its topics, what is missing, its state."""
