"""Text analysis: normalising, stemming, spelling, sentence ends."""
