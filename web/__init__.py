"""The site, the API and the command line in front of the library."""
