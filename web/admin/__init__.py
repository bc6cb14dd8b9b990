"""Administration: people, settings, audit log, credentials, webhooks."""
