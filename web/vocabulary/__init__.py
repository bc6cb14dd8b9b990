"""Pages and API resources of the topic vocabulary."""
