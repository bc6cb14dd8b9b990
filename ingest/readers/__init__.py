"""What people wrote, read into segments: one file a format, one table of them."""
