"""Web site, HTTP API and command line of the library."""
