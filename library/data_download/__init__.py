"""Download of the data that the library has about one person."""
