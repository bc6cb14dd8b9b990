"""Pages and API resources that identify the speakers of sessions."""
