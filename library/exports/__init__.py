"""Export of transcripts and notes, one file per format, listed in `library.exports.formats`."""
