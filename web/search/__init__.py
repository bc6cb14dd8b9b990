"""Search pages, filters, suggestions, saved searches, alerts, feeds and API resources."""
