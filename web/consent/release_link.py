"""Pages behind a release link: review a session and give or withdraw consent without an account."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.consent import receipts, release, release_links
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.exports import webvtt
from library.models import MentoringSession, Source, SourceKind, now
from library.removal import pending_trims, redaction_proposals
from library.sessions.read_models import lines_of
from library.store import Transaction
from library.transcripts import versions
from web.consent import redaction_proposal_form
from web.consent.receipts import json_file, shown, text_file
from web.http import params
from web.http.context import library
from web.http.errors import status_of
from web.media import stream
from web.rendering.release_state_text import details

bp = Blueprint("release_link", __name__, url_prefix="/release")


@bp.after_request
def keep_secret(response: Response) -> Response:
    """Set headers that keep the link out of caches, search engines and referrers."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/<token>")
def page(token: str) -> str:
    """Show the session of a release link, and ask for consent."""
    with library().transaction() as db:
        who, session, link = release_links.opened(db, token)
        link.last_used_at = now()
        return render_template(
            "consent/link.html",
            session=session,
            token=token,
            link=link,
            parts=[_part(db, source) for source in session.sources],
            details=details(db, session) if (asked := release.is_waiting_for(session, who)) else (),
            may_edit=False,
            asked=asked,
            proposals=_proposals(db, who, session),
            act=lambda number: url_for("release_link.take_back", token=token, proposal_id=number),
            agreed=release.has_agreed(session, who),
            statement=release.statement(session) if session.visibility.needs_release else "",
            mine=next((a for a in session.answers if a.person_id == who.person_id), None),
            receipts=receipts.of_person(db, session.id, who.person_id),
        )


@bp.post("/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Give, decline or withdraw consent to the session of the link."""
    do = request.form.get("do", "")
    with library().transaction(on_full_disk=True) as db:
        who, session, _ = release_links.opened(db, token)
        if do == "withdraw":
            receipt = release.withdraw(db, who, session, via="link")
            return redirect(url_for("release_link.receipt", token=token, receipt_id=receipt.id))
        if do not in {"agree", "decline"}:
            raise InvalidInputError("Unknown action. Reload the page and try again.")
        release.respond(db, who, session, agree=do == "agree", via="link")
    return redirect(url_for("release_link.page", token=token))


@bp.get("/<token>/leave-out")
def leave_out(token: str) -> str:
    """Show the form in which the link's holder proposes redactions before consenting."""
    return _leave_out(token)


@bp.post("/<token>/leave-out")
def propose(token: str) -> ResponseReturnValue:
    """Give consent on condition that the chosen ranges are left out."""
    try:
        with library().transaction() as db:
            who, session, _ = release_links.opened(db, token)
            wanted = redaction_proposal_form.chosen_in(db, session, request)
            sentence = params.text(request.form, "sentence", longest=redaction_proposals.LONGEST)
            redaction_proposals.propose(db, who, session, wanted, sentence=sentence, via="link")
    except (InvalidInputError, ConflictError) as error:
        return _leave_out(token, str(error)), status_of(error)
    return redirect(url_for("release_link.page", token=token))


@bp.post("/<token>/proposals/<int:proposal_id>")
def take_back(token: str, proposal_id: int) -> ResponseReturnValue:
    """Withdraw a proposal to leave something out, made by the holder of the link."""
    with library().transaction() as db:
        who, session, _ = release_links.opened(db, token)
        redaction_proposals.withdraw(db, who, session.id, proposal_id, via="link")
    return redirect(url_for("release_link.page", token=token))


@bp.get("/<token>/sound/<int:source_id>")
def sound(token: str, source_id: int) -> Response:
    """Stream the audio of the session for the player of the page."""
    with library().reading() as db:
        _, session, _ = release_links.opened(db, token)
        source = _source(session, source_id)
        pending_trims.require_trimmed(db, source.id)
    return stream.sound_of(source)


@bp.get("/<token>/captions/<int:source_id>.vtt")
def captions_of(token: str, source_id: int) -> Response:
    """Return the transcript of a source as WebVTT captions."""
    with library().reading() as db:
        _, session, _ = release_links.opened(db, token)
        version = versions.current_version(db, _source(session, source_id).id)
        text = webvtt.captions(lines_of(db, version.id) if version else [])
    return Response(text, mimetype="text/vtt")


@bp.get("/<token>/receipts/<int:receipt_id>")
@bp.get("/<token>/receipts/<int:receipt_id>.<ending>")
def receipt(token: str, receipt_id: int, ending: str = "") -> ResponseReturnValue:
    """Show a receipt for an answer that was given with this link, as a page or a file."""
    with library().reading() as db:
        who, session, _ = release_links.opened(db, token)
        found = receipts.get(db, who, receipt_id)
        if found.session_id != session.id or ending not in {"", "json", "txt"}:
            raise NotFoundError
    if ending:
        return json_file(found) if ending == "json" else text_file(found)
    return shown(found, f"/release/{token}/receipts/{receipt_id}")


def _proposals(
    db: Transaction, who: Viewer, session: MentoringSession
) -> Sequence[redaction_proposals.ProposalView]:
    """Return the proposals of the link's holder, and record that the holder has seen them."""
    redaction_proposals.mark_seen(db, who, session.id)
    return redaction_proposals.shown(library(), db, who, session, decides=False)


def _leave_out(token: str, error: str = "") -> str:
    with library().reading() as db:
        who, session, _ = release_links.opened(db, token)
        back = url_for("release_link.page", token=token)
        return redaction_proposal_form.page(db, session, who, error=error, back=back)


def _source(session: MentoringSession, source_id: int) -> Source:
    for source in session.sources:
        if source.id == source_id and source.kind is SourceKind.RECORDING:
            return source
    raise NotFoundError("This part of the session has no audio.")


def _part(db: Transaction, source: Source) -> dict[str, object]:
    version = versions.current_version(db, source.id)
    return {"source": source, "lines": lines_of(db, version.id) if version else []}
