"""OAI-PMH, IIIF, BagIt, Dublin Core, robots."""
