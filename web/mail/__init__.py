"""Texts of e-mails, and sending in the background."""
