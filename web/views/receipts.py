"""Receipts of what was taken back: to read, and to keep as a file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template

from library.consent import receipts
from library.models import MentoringSession, Receipt
from library.voices import voice_consent
from library.withdrawal import removed
from web.context import library, viewer

bp = Blueprint("receipts", __name__)


@bp.get("/receipts/<int:receipt_id>")
def page(receipt_id: int) -> str:
    """A receipt, for whoever took something back, and for administrators."""
    return shown(_receipt(receipt_id), f"/receipts/{receipt_id}")


@bp.get("/receipts/<int:receipt_id>.json")
def as_json(receipt_id: int) -> Response:
    """The same for `living-history check-receipt`."""
    return json_file(_receipt(receipt_id))


@bp.get("/receipts/<int:receipt_id>.txt")
def as_text(receipt_id: int) -> Response:
    """The same to read and to print."""
    return text_file(_receipt(receipt_id))


def shown(receipt: Receipt, address: str) -> str:
    """A receipt as a page; *address* with .json and .txt are its files."""
    template, _ = KINDS.get(receipt.content["receipt"], RELEASE)
    return render_template(template, receipt=receipt, address=address, state=state(receipt))


@dataclass(frozen=True, kw_only=True)
class State:
    """What a page says beside a receipt: how far it is, and which other sessions have the file."""

    completed_at: str | None
    copies: Sequence[MentoringSession]


def state(receipt: Receipt) -> State:
    """What is so of a receipt now, for whoever looks at it."""
    with library().reading() as db:
        done = removed.as_file(db, receipt).get("completed_at")
        return State(completed_at=done, copies=removed.copies(db, viewer(), receipt))


def json_file(receipt: Receipt) -> Response:
    """A receipt as a JSON file."""
    with library().reading() as db:
        content = removed.as_file(db, receipt)
    return _file(receipt, "json", json.dumps(content, indent=2), "application/json")


def text_file(receipt: Receipt) -> Response:
    """A receipt as a text file."""
    with library().reading() as db:
        content = removed.as_file(db, receipt)
    return _file(receipt, "txt", in_words(receipt.id, content), "text/plain")


def in_words(receipt_id: int, content: dict[str, Any]) -> str:
    """A receipt as text."""
    _, told = KINDS.get(content["receipt"], RELEASE)
    lines = [
        *told(receipt_id, content),
        *_promise(content),
        f"Ledger entry {content['ledger']['entry']}, hash {content['ledger']['hash']}",
        f"SHA-256 of this receipt: {content['sha256']}",
        "Check it with: living-history check-receipt FILE.json",
    ]
    return "\n".join(lines) + "\n"


def _promise(content: dict[str, Any]) -> list[str]:
    """The three lines with their times; none for a receipt of which nothing was removed."""
    if "promise" not in content:
        return []
    done = content.get("completed_at")
    told = ["", "What is promised:"]
    for line in content["promise"]:
        by = f" By {line['by']}." if line["by"] else ""
        told.append(f"{line['line']}. {line['what']}{by}")
    told.append(f"The second line was completed at {done}." if done else "Not completed yet.")
    told.append(f"Not covered: {content['not_covered']}")
    if content["copies_of_others"]:
        told.append("Another copy was brought by another person, and stays.")
    if content["copies_of_yours"]:
        told.append("Another session of yours with the same file stays.")
    return [*told, ""]


def _of_voice(receipt_id: int, content: dict[str, Any]) -> list[str]:
    return [
        f"Receipt {receipt_id}: a voice was forgotten",
        f"Person {content['person']}, at {content['at']}",
        f"Voice prints: {content['removed']['voice_print']}",
        "",
        "It is gone from:",
        *(f"- {place['what']}" for place in content["places"]),
        "",
        "Recordings and transcripts are as they were, with the names that people wrote into them.",
    ]


def _of_release(receipt_id: int, content: dict[str, Any]) -> list[str]:
    return [
        f"Receipt {receipt_id}: a release was taken back",
        f"Session {content['session']}, at {content['at']}",
        f"{content['passages']} passages of {len(content['sources'])} recordings or notes",
        "",
        "Whoever did not take part finds it no more in:",
        *(f"- {place['what']}" for place in content["places"]),
        "",
        "It stays with its owner, with those who took part, and within reach of administrators,",
        "whose every look is logged and shown to its owner.",
    ]


def _of_removal(receipt_id: int, content: dict[str, Any]) -> list[str]:
    what = "a session" if content["whole"] else "a part of a session"
    counts = (f"{name.replace('_', ' ')}: {n}" for name, n in content["removed"].items())
    return [
        f"Receipt {receipt_id}: {what} was removed for good",
        f"Session {content['session']}, at {content['at']}",
        f"Recordings and notes: {', '.join(map(str, content['sources']))}",
        "",
        "It covers:",
        *(f"- {place['what']}" for place in content["places"]),
        "",
        "Rows that went:",
        *(f"- {line}" for line in counts),
    ]


RELEASE = ("receipts/page.html", _of_release)
KINDS = {
    voice_consent.KIND: ("receipts/voice.html", _of_voice),
    removed.KIND: ("receipts/removed.html", _of_removal),
}
"""The page and the words of each kind of receipt; others are of a release."""


def _receipt(receipt_id: int) -> Receipt:
    with library().reading() as db:
        return receipts.get(db, viewer(), receipt_id)


def _file(receipt: Receipt, ending: str, text: str, kind: str) -> Response:
    name = f"receipt-{receipt.id}.{ending}"
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
