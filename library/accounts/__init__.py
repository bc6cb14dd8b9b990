"""People and their accounts: joining, signing in, profiles, and what the whole site is set to."""
