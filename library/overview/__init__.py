"""Numbers about the whole library: growth, topics, missed questions, status."""
