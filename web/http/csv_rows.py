"""Rows of CSV files that spreadsheets do not evaluate as formulas."""

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first characters of a formula in spreadsheets


def row(values: Iterable[Any]) -> str:
    """Return a row of a CSV file (RFC 4180). None is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Any) -> str:
    shown = "" if value is None else str(value)
    return f"'{shown}" if shown.startswith(FORMULA) else shown
