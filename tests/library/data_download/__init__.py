"""Tests of `library.data_download`."""
