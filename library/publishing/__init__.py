"""Citations, clips, Dublin Core and OAI-PMH records of sessions."""
