"""Tests in folders that mirror the packages; `fakes` and `builders` are shared."""
