"""Web server: uvicorn with timeouts, and an ASGI-to-WSGI bridge to the Flask application."""
