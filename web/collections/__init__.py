"""Collections: pages for readers and curators."""
