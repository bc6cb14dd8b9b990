"""Media streaming, chapters, clips and citations."""
