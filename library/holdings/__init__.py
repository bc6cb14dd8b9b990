"""What the library holds: sessions with their sources and passages, in collections."""
