"""Speakers of sources: identities, names, and voice prints of consenting people."""
