"""Tests in folders that mirror the packages. All folders use `fakes` and `builders`."""
