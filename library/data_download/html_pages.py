"""HTML pages of a personal data download. A browser opens them from a folder."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from library.translation import gettext

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.3rem .8rem .3rem 0;"
    "text-align:left;vertical-align:top}.who{font-weight:600}"
    "@media (prefers-color-scheme:dark){body{background:#15181b;color:#ece6da}a{color:#7cc7cd}}"
)


def page(title: str, body: str) -> str:
    """Return an HTML page. *title* is plain text, and *body* is HTML."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def index(site: str, made_at: str, parts: Iterable[tuple[str, str, int]], notes: list[str]) -> str:
    """Return the start page. Each of *parts* is a title, a file name and a number of rows.

    *notes* are sentences about data that the download does not contain.
    """
    rows = "".join(
        f'<tr><td><a href="pages/{name}.html">{escape(gettext(title))}</a></td><td>{count}</td>'
        f'<td><a href="data/{name}.json">JSON</a></td></tr>'
        for title, name, count in parts
    )
    items = "".join(f"<li>{escape(gettext(note))}</li>" for note in notes)
    about = gettext("Data that %(site)s stores about you, as of %(time)s.", site=site, time=made_at)
    heads = [gettext("Kind of data"), gettext("Entries"), gettext("File")]
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = (
        f"<p>{escape(about)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<h2>{escape(gettext('What this copy does not contain'))}</h2><ul>{items}</ul>"
    )
    return page(gettext("Your data"), body)


def table(title: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return an HTML page with database rows as a table."""
    heads = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in heads) + "</tr>"
        for row in rows
    )
    content = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return page(gettext(title), content if rows else _nothing())


def session_list(rows: Iterable[dict[str, Any]]) -> str:
    """Return the HTML page with links to the pages of the sessions."""
    links = "".join(
        f'<li><a href="sessions/{row["id"]}.html">{escape(row["title"])}</a></li>' for row in rows
    )
    return page(gettext("Sessions"), f"<ul>{links}</ul>" if links else _nothing())


def session(row: dict[str, Any]) -> str:
    """Return the HTML page of one session with its transcripts."""
    people = ", ".join(f"{one['name']} ({one['part']})" for one in row["participants"])
    facts = [row["held_on"] or "", row["form"], people]
    parts = [f"<p>{escape(' · '.join(fact for fact in facts if fact))}</p>"]
    if row["description"]:
        parts.append(f"<p>{escape(row['description'])}</p>")
    for source in row["sources"]:
        parts.append(f"<h2>{escape(source['filename'])}</h2>")
        parts += [_line(line) for line in source["transcript"]]
    return page(row["title"], "\n".join(parts))


def _nothing() -> str:
    return f"<p>{escape(gettext('There are no entries.'))}</p>"


def _line(line: dict[str, Any]) -> str:
    who = f'<span class="who">{escape(line["speaker"])}</span> ' if line["speaker"] else ""
    at = f"[{_clock(line['start'])}] " if line["start"] is not None else ""
    return f"<p>{at}{who}{escape(line['text'])}</p>"


def _clock(seconds: float) -> str:
    total = int(seconds)
    return f"{total // 3600}:{total // 60 % 60:02}:{total % 60:02}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict | list):
        return escape(json.dumps(value, ensure_ascii=False)[:500])
    return escape(str(value))
