"""Sessions with their sources and passages, the processing of sources, and removals."""
