"""Sessions with their sources, passages and work on them."""
