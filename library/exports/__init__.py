"""Export of transcripts and notes: one module per format. `formats` lists the formats."""
