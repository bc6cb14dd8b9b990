"""Speakers of sources: identities, names, and voice prints of people who agreed to them."""
