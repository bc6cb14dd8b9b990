"""The curator's desk: review, bulk edits, pins and picks, duplicates, what grew stale."""
