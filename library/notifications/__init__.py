"""Outgoing e-mail and webhooks, and the check that a host has a public IP address."""
