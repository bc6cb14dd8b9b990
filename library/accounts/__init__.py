"""People and their accounts: joining, sign-in and profiles; also the settings of the site."""
