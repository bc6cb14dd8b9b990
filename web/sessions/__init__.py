"""Session list and page, the viewer's own sessions, exports and API resources."""
