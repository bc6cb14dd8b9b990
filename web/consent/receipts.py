"""Receipts of removals and withdrawn consent, as pages and as files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template

from library.consent import receipts, removal_promise
from library.models import MentoringSession, Receipt
from library.removal import removal_receipts
from library.speakers import recognition_consent
from library.translation import gettext, ngettext
from web.http.context import library, viewer

bp = Blueprint("receipts", __name__)


@bp.get("/receipts/<int:receipt_id>")
def page(receipt_id: int) -> str:
    """Show a receipt to the person who removed or withdrew something, and to administrators."""
    return shown(_receipt(receipt_id), f"/receipts/{receipt_id}")


@bp.get("/receipts/<int:receipt_id>.json")
def as_json(receipt_id: int) -> Response:
    """Return a receipt as JSON, for `living-history check-receipt`."""
    return json_file(_receipt(receipt_id))


@bp.get("/receipts/<int:receipt_id>.txt")
def as_text(receipt_id: int) -> Response:
    """Return a receipt as plain text."""
    return text_file(_receipt(receipt_id))


def shown(receipt: Receipt, address: str) -> str:
    """Return the page of a receipt. Its files are at *address* with .json or .txt added."""
    template, _ = KINDS.get(receipt.content["receipt"], RELEASE)
    return render_template(template, receipt=receipt, address=address, state=state(receipt))


@dataclass(frozen=True, kw_only=True)
class State:
    """Present state of a receipt.

    Attributes:
        completed_at: Time at which the removal was complete; None until then.
        copies: Sessions with a file that is identical to the removed file.
    """

    completed_at: str | None
    copies: Sequence[MentoringSession]


def state(receipt: Receipt) -> State:
    """Return the present state of a receipt, as the viewer may see it."""
    with library().reading() as db:
        done = removal_receipts.as_file(db, receipt).get("completed_at")
        return State(completed_at=done, copies=removal_receipts.copies(db, viewer(), receipt))


def json_file(receipt: Receipt) -> Response:
    """Return a receipt as a JSON file."""
    with library().reading() as db:
        content = removal_receipts.as_file(db, receipt)
    return _file(receipt, "json", json.dumps(content, indent=2), "application/json")


def text_file(receipt: Receipt) -> Response:
    """Return a receipt as a text file."""
    with library().reading() as db:
        content = removal_receipts.as_file(db, receipt)
    return _file(receipt, "txt", in_words(receipt.id, content), "text/plain")


def in_words(receipt_id: int, content: dict[str, Any]) -> str:
    """Return the content of a receipt as plain text."""
    _, text_lines = KINDS.get(content["receipt"], RELEASE)
    lines = [
        *text_lines(receipt_id, content),
        *_promise(content),
        gettext("Ledger entry %(entry)s, hash %(hash)s", **content["ledger"]),
        gettext("SHA-256 of this receipt: %(sha256)s", sha256=content["sha256"]),
        gettext("Check it with: %(command)s", command="living-history check-receipt FILE.json"),
    ]
    return "\n".join(lines) + "\n"


def _promise(content: dict[str, Any]) -> list[str]:
    """Return the promised steps of a removal with their times; empty if nothing was removed."""
    if "promise" not in content:
        return []
    done = content.get("completed_at")
    lines = ["", gettext("What is promised:")]
    for line in content["promise"]:
        by = gettext("By %(time)s.", time=line["by"]) if line["by"] else ""
        lines.append(f"{line['line']}. {removal_promise.translated(line['what'])} {by}".rstrip())
    if done:
        lines.append(gettext("The removal from the disk was completed at %(time)s.", time=done))
    else:
        lines.append(gettext("The removal from the disk is not completed yet."))
    lines.append(gettext("Not covered: %(what)s", what=gettext(content["not_covered"])))
    if content["copies_of_others"]:
        lines.append(gettext("A copy of the file that another person added stays."))
    if content["copies_of_yours"]:
        lines.append(gettext("Another session of yours with the same file stays."))
    return [*lines, ""]


def _of_voice(receipt_id: int, content: dict[str, Any]) -> list[str]:
    return [
        gettext("Receipt %(number)s: voice prints were deleted", number=receipt_id),
        gettext("Person %(number)s, at %(time)s", number=content["person"], time=content["at"]),
        gettext("Voice prints: %(number)s", number=content["removed"]["voice_print"]),
        "",
        gettext("The voice prints are removed from:"),
        *(f"- {gettext(place['what'])}" for place in content["places"]),
        "",
        gettext(
            "Recordings and transcripts are unchanged, with the names that people wrote into them."
        ),
    ]


def _of_release(receipt_id: int, content: dict[str, Any]) -> list[str]:
    return [
        gettext("Receipt %(number)s: consent was withdrawn", number=receipt_id),
        gettext("Session %(number)s, at %(time)s", number=content["session"], time=content["at"]),
        ngettext(
            "%(passages)s of %(num)s recording or note",
            "%(passages)s of %(num)s recordings or notes",
            len(content["sources"]),
            passages=ngettext("%(num)s passage", "%(num)s passages", content["passages"]),
        ),
        "",
        gettext("People who did not take part can no longer find the session in:"),
        *(f"- {gettext(place['what'])}" for place in content["places"]),
        "",
        gettext("The session stays visible to its owner, to participants and to administrators."),
        gettext("Each access by an administrator is logged and shown to the owner of the session."),
    ]


def _of_removal(receipt_id: int, content: dict[str, Any]) -> list[str]:
    if content["whole"]:
        title = gettext("Receipt %(number)s: a session was removed for good", number=receipt_id)
    else:
        title = gettext(
            "Receipt %(number)s: a part of a session was removed for good", number=receipt_id
        )
    sources = ", ".join(map(str, content["sources"]))
    counts = (f"{name.replace('_', ' ')}: {n}" for name, n in content["removed"].items())
    return [
        title,
        gettext("Session %(number)s, at %(time)s", number=content["session"], time=content["at"]),
        gettext("Recordings and notes: %(numbers)s", numbers=sources),
        "",
        gettext("The removal covers:"),
        *(f"- {gettext(place['what'])}" for place in content["places"]),
        "",
        gettext("Removed database rows:"),
        *(f"- {line}" for line in counts),
    ]


RELEASE = ("consent/receipt.html", _of_release)
KINDS = {
    recognition_consent.KIND: ("consent/voice_receipt.html", _of_voice),
    removal_receipts.KIND: ("consent/removal_receipt.html", _of_removal),
}
"""Template and text function by kind of receipt. All other kinds use those of `RELEASE`."""


def _receipt(receipt_id: int) -> Receipt:
    with library().reading() as db:
        return receipts.get(db, viewer(), receipt_id)


def _file(receipt: Receipt, ending: str, text: str, kind: str) -> Response:
    name = f"receipt-{receipt.id}.{ending}"
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
