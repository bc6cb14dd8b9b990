"""Consent of speakers and the resulting release of sessions."""
