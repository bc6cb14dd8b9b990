"""Subcommands of `living-history`, loaded on demand by `web.cli`."""
