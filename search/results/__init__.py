"""Results: from ranked passages to the content of a page."""
