"""Topic map and unanswered questions. Search works without this package."""
