"""Tables as CSV that no spreadsheet takes for a formula (OWASP, "CSV injection")."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file to save; UTF-8 with the mark by which spreadsheets know it."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(heads)
    writer.writerows([inert(value) for value in row] for row in rows)
    return Response(
        "\ufeff" + page.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def inert(value: object) -> object:
    """A text that would be read as a formula gets an apostrophe in front; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
