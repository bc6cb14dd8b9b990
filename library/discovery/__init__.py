"""Search scope, saved searches, alerts, highlights and quotations."""
