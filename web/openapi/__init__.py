"""OpenAPI document: shared schemas, error responses and documentation page."""
