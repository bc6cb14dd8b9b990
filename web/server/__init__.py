"""The web server: uvicorn with deadlines, and a bridge to the Flask application."""
