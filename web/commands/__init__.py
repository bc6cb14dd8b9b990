"""The commands of `living-history`, one file each."""
