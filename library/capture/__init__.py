"""What comes in: uploads, recordings that are being made, question scripts, samples."""
