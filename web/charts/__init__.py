"""Server-side SVG charts that need no script and have a text alternative."""
