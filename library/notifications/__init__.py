"""Outgoing e-mail and webhooks, and the check that an address is public."""
