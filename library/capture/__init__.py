"""Uploads, browser recordings, question scripts and the sample library."""
