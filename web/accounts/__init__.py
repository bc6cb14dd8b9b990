"""Accounts: sign-in, two-factor sign-in, profiles, people."""
