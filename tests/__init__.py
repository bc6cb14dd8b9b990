"""Tests, in folders that mirror the packages, and modules that tests of all folders use."""
