"""Template filters, Markdown, transcript HTML, URLs, times."""
