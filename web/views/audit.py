"""The audit log: who did what to what, from where; searched, and taken along as CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request

from library import audit, audit_log
from library.access import require_admin
from library.audit_log import Wanted
from web import parameters
from web.context import library, viewer

bp = Blueprint("audit", __name__, url_prefix="/care")

PAGE = 50  # events
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon with
COLUMNS = (
    "id",
    "at",
    "actor_id",
    "actor",
    "action",
    "subject_kind",
    "subject_id",
    "address",
    "detail",
)


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/audit")
def page() -> str:
    """Events that are looked for, newest first."""
    before = parameters.identifier(request.args, "before")
    given = {name: request.args[name] for name in request.args if name != "before"}
    with library().reading() as db:
        found = audit_log.events(db, viewer(), _wanted(), limit=PAGE + 1, before_id=before)
        return render_template(
            "care/audit.html",
            events=[audit_log.as_row(told) for told in found[:PAGE]],
            more=found[PAGE - 1].event.id if len(found) > PAGE else None,
            actions=[
                ("", "Anything"),
                *((name, _in_words(name)) for name in audit_log.actions(db)),
            ],
            in_words=_in_words,
            shown=_shown,
            given=given,
        )


@bp.get("/audit.csv")
def as_csv() -> Response:
    """The same events, all of them and oldest first, as a table."""
    return _file("csv", "text/csv", _csv(_rows()))


@bp.get("/audit.json")
def as_json() -> Response:
    """The same events as JSON, one a line (JSON Lines)."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in _rows())
    return _file("jsonl", "application/x-ndjson", lines)


def _in_words(action: str) -> str:
    """What was done as a person reads it: "session.take-back" is "Session: take back"."""
    return action.replace(".", ": ").replace("-", " ").replace("_", " ").capitalize()


def _shown(value: Any) -> str:
    """What was written with it: no Python, and no name with an underscore in it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(filter(None, (_shown(one) for one in value)))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return str(value).replace("_", " ") if value else ""


def _wanted() -> Wanted:
    return Wanted(
        words=parameters.text(request.args, "q", longest=200),
        action=parameters.text(request.args, "action", longest=60),
        actor_id=parameters.identifier(request.args, "actor"),
        subject_kind=parameters.text(request.args, "kind", longest=40),
        subject_id=parameters.identifier(request.args, "subject"),
        since=parameters.day(request.args, "since"),
        until=parameters.day(request.args, "until"),
    )


def _rows() -> Iterator[dict[str, Any]]:
    """The events as rows; that somebody took them along is written down as well."""
    wanted, who, place = _wanted(), viewer(), library()
    with place.transaction() as db:
        audit.record(db, who.person_id, "audit.export", ("library", None), address=who.address)

    def rows() -> Iterator[dict[str, Any]]:
        with place.reading() as db:
            yield from map(audit_log.as_row, audit_log.all_events(db, who, wanted))

    return rows()


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for row in rows:
        out = io.StringIO()
        detail = "; ".join(f"{name}: {value}" for name, value in row["detail"].items())
        values = [_cell(value) for value in ({**row, "detail": detail}).values()]
        csv.writer(out).writerow(values)
        yield out.getvalue()


def _cell(value: Any) -> str:
    """A value that a spreadsheet shows and does not reckon with."""
    shown = "" if value is None else str(value)
    return f"'{shown}" if shown.startswith(FORMULA) else shown


def _file(ending: str, kind: str, pieces: Iterator[str]) -> Response:
    response = Response(pieces, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-log.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
