"""The page behind a link: hear and read a session, agree or decline, without an account."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.consent import receipts, release, release_links
from library.editing import transcripts
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.holdings.reading import lines_of
from library.models import MentoringSession, Source, SourceKind, now
from library.store import Transaction
from library.withdrawal import proposals, trimming
from web import captions, leaving_out, parameters, release_words
from web.context import library
from web.errors import status_of
from web.hints import details
from web.views import media
from web.views.receipts import json_file, shown, text_file

bp = Blueprint("release_link", __name__, url_prefix="/release")


@bp.after_request
def keep_secret(response: Response) -> Response:
    """Let neither caches, search engines nor other pages learn the address."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/<token>")
def page(token: str) -> str:
    """The session, and the question whether others may find it."""
    with library().transaction() as db:
        who, session, link = release_links.opened(db, token)
        link.last_used_at = now()
        return render_template(
            "releases/link.html",
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
            answers=release_words.ANSWERS,
            mine=next((a for a in session.answers if a.person_id == who.person_id), None),
            receipts=receipts.of_person(db, session.id, who.person_id),
        )


@bp.post("/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Agree, decline, or take it back."""
    do = request.form.get("do", "")
    with library().transaction(on_full_disk=True) as db:
        who, session, _ = release_links.opened(db, token)
        if do == "withdraw":
            receipt = release.withdraw(db, who, session, via="link")
            return redirect(url_for("release_link.receipt", token=token, receipt_id=receipt.id))
        if do not in {"agree", "decline"}:
            raise InvalidInputError("Press one of the buttons.")
        release.respond(db, who, session, agree=do == "agree", via="link")
    return redirect(url_for("release_link.page", token=token))


@bp.get("/<token>/leave-out")
def leave_out(token: str) -> str:
    """Choose what is to be left out before one agrees."""
    return _leave_out(token)


@bp.post("/<token>/leave-out")
def propose(token: str) -> ResponseReturnValue:
    """Agree, without what was chosen."""
    try:
        with library().transaction() as db:
            who, session, _ = release_links.opened(db, token)
            wanted = leaving_out.chosen_in(db, session, request)
            sentence = parameters.text(request.form, "sentence", longest=proposals.LONGEST)
            proposals.propose(db, who, session, wanted, sentence=sentence, via="link")
    except (InvalidInputError, ConflictError) as error:
        return _leave_out(token, str(error)), status_of(error)
    return redirect(url_for("release_link.page", token=token))


@bp.post("/<token>/proposals/<int:proposal_id>")
def take_back(token: str, proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    with library().transaction() as db:
        who, session, _ = release_links.opened(db, token)
        proposals.take_back(db, who, session.id, proposal_id, via="link")
    return redirect(url_for("release_link.page", token=token))


@bp.get("/<token>/sound/<int:source_id>")
def sound(token: str, source_id: int) -> Response:
    """The sound of the session, for the player of this page."""
    with library().reading() as db:
        _, session, _ = release_links.opened(db, token)
        source = _source(session, source_id)
        trimming.require_trimmed(db, source.id)
    return media.sound_of(source)


@bp.get("/<token>/captions/<int:source_id>.vtt")
def captions_of(token: str, source_id: int) -> Response:
    """The words of the session as captions."""
    with library().reading() as db:
        _, session, _ = release_links.opened(db, token)
        version = transcripts.current_version(db, _source(session, source_id).id)
        text = captions.webvtt(lines_of(db, version.id) if version else [])
    return Response(text, mimetype="text/vtt")


@bp.get("/<token>/receipts/<int:receipt_id>")
@bp.get("/<token>/receipts/<int:receipt_id>.<ending>")
def receipt(token: str, receipt_id: int, ending: str = "") -> ResponseReturnValue:
    """A receipt that was given by this link's answers, as a page or a file."""
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
) -> Sequence[proposals.Shown]:
    """What the holder of a link proposed; that they saw what became of it is noted."""
    proposals.mark_seen(db, who, session.id)
    return proposals.shown(library(), db, who, session, decides=False)


def _leave_out(token: str, error: str = "") -> str:
    with library().reading() as db:
        who, session, _ = release_links.opened(db, token)
        back = url_for("release_link.page", token=token)
        return leaving_out.page(db, session, who, error=error, back=back)


def _source(session: MentoringSession, source_id: int) -> Source:
    for source in session.sources:
        if source.id == source_id and source.kind is SourceKind.RECORDING:
            return source
    raise NotFoundError("There is no sound here.")


def _part(db: Transaction, source: Source) -> dict[str, object]:
    version = transcripts.current_version(db, source.id)
    return {"source": source, "lines": lines_of(db, version.id) if version else []}
