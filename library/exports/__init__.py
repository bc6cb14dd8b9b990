"""Transcripts and notes written out, one file a format; `library.exports.table` lists them."""
