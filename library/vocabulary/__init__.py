"""Topics, a controlled vocabulary, and the sessions that are filed under them."""
