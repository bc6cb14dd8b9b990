"""Receipts of what was taken back: to read, and to keep as a file."""

import json
from typing import Any

from flask import Blueprint, Response, render_template

from library.consent import receipts
from library.models import Receipt
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
    return render_template(template, receipt=receipt, address=address)


def json_file(receipt: Receipt) -> Response:
    """A receipt as a JSON file."""
    return _file(receipt, "json", json.dumps(receipt.content, indent=2), "application/json")


def text_file(receipt: Receipt) -> Response:
    """A receipt as a text file."""
    return _file(receipt, "txt", in_words(receipt.id, receipt.content), "text/plain")


def in_words(receipt_id: int, content: dict[str, Any]) -> str:
    """A receipt as text."""
    _, told = KINDS.get(content["receipt"], RELEASE)
    lines = [
        *told(receipt_id, content),
        f"Ledger entry {content['ledger']['entry']}, hash {content['ledger']['hash']}",
        f"SHA-256 of this receipt: {content['sha256']}",
        "Check it with: living-history check-receipt FILE.json",
    ]
    return "\n".join(lines) + "\n"


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
        "It is gone from:",
        *(f"- {place['what']}" for place in content["places"]),
        "",
        "Rows that went:",
        *(f"- {line}" for line in counts),
        "",
        "Backups that were made before hold it until they are thrown away.",
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
