"""Writers for BagIt, IIIF, OAI-PMH, Dublin Core and schema.org."""
