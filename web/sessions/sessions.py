"""Session list, session page, captions and word times."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from library import access
from library.collections import collections
from library.curation import freshness
from library.discovery.search_scope import Filters
from library.errors import LibraryError
from library.exports import webvtt
from library.models import MentoringSession, Source, SourceKind, State, TranscriptVersion
from library.overview.growth import added_in, span_of
from library.removal import pending_trims
from library.sessions import chapters, read_models, sessions, sources
from library.sessions.read_models import TranscriptLine
from library.store import Transaction
from library.transcripts import versions
from library.translation import gettext
from search.results.result_types import Hit, Quote
from search.text.analyzer import spoken_words
from web.capture.jobs import describe
from web.charts.growth import named
from web.consent import releases
from web.curation import review
from web.http import params
from web.http.context import engine, library, viewer
from web.http.served_media_types import content_type
from web.publishing.standards import description, oai_dc
from web.rendering import transcript_html, urls
from web.rendering.times import seconds_in
from web.vocabulary import topics

bp = Blueprint("sessions", __name__)

PAGE = 30  # sessions
RELATED = 4  # maximum number of related quotes
STRETCH = 200  # segments per request for word times
MOST_HITS = 50
MEANT = 3  # best hits that are shown even if they share no word with the question


@dataclass(frozen=True, kw_only=True)
class ShownSource:
    """Source shown on the session page, with its current transcript version if one exists."""

    source: Source
    version: TranscriptVersion | None
    lines: list[TranscriptLine]

    @property
    def timed(self) -> bool:
        """True if the text has times: the source is not a note."""
        return self.source.kind is not SourceKind.NOTE


@bp.get("/sessions")
def index() -> str:
    """List visible sessions, newest first. `?added=` limits the list to a month or year."""
    before = params.identifier(request.args, "before")
    span = span_of(request.args.get("added", ""))
    only = added_in(span) if span else None
    with library().reading() as db:
        found = sessions.visible(db, viewer(), limit=PAGE + 1, before_id=before, only=only)
        return render_template(
            "sessions/index.html",
            sessions=found[:PAGE],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
            total=sessions.count_visible(db, viewer(), only),
            first=before is None,
            span=span,
            added=named(span) if span else "",
        )


@bp.get("/sessions/<int:session_id>")
def page(session_id: int) -> str:
    """Show a session with its player, transcript and participants."""
    question = params.text(request.args, "q")
    with library().reading() as db:
        if sessions.was_removed(db, viewer(), session_id):
            abort(
                410,
                gettext("This session was removed from the library, with all its words and sound."),
            )
        session = access.session_for(db, viewer(), session_id)
        shown = _shown(db, session)
        hits, marks = _hits(session, shown, question)
        start = seconds_in(request.args.get("t", ""))
        return render_template(
            "sessions/page.html",
            session=session,
            shown=shown,
            hits=hits,
            marks=marks,
            question=question,
            start=start or 0.0,
            related=_related(db, shown, start),
            moment=urls.moment,
            media_type=content_type(shown.source) if shown else "",
            turns=list(transcript_html.turns(shown.lines)) if shown and shown.timed else [],
            collections=(holding := collections.collections_of_session(db, session_id)),
            topics=(about := topics.classified(db, session)),
            linked_data=description.linked_data(session, holding, about.confirmed),
            dublin_core=description.terms(session, holding, about.confirmed),
            dublin_core_elements=oai_dc.ELEMENTS,
            may_edit=access.may_edit(viewer(), session),
            releasing=releases.summary(db, session),
            review=review.summary(db, session),
            stale=freshness.marks(db, viewer(), [session_id]).get(session_id),
            being_trimmed=shown is not None and pending_trims.being_trimmed(db, shown.source.id),
            job=describe(shown.source) if shown and shown.source.state is not State.READY else None,
            stretch=STRETCH,
            chapters=chapters.of(db, shown.source.id) if shown else (),
        )


def _shown(db: Transaction, session: MentoringSession) -> ShownSource | None:
    """Return the source to show: the requested source, the first recording or the first source."""
    wanted = params.identifier(request.args, "source")
    ranked = sorted(
        session.sources, key=lambda s: (s.id != wanted, s.kind is not SourceKind.RECORDING, s.id)
    )
    if not ranked:
        return None
    version = versions.current_version(db, ranked[0].id)
    lines = read_models.lines_of(db, version.id) if version else []
    return ShownSource(source=ranked[0], version=version, lines=lines)


def _hits(
    session: MentoringSession, shown: ShownSource | None, question: str
) -> tuple[list[Hit], set[str]]:
    """Return the hits of a question in the shown source, by position, and the matching words."""
    if not question or shown is None:
        return [], set()
    try:
        answer = engine().search(
            question, viewer(), filters=Filters(session_id=session.id), limit=MOST_HITS
        )
    except LibraryError:  # the page must work while search is unavailable
        return [], set()
    nearest = answer.hits[:MEANT] if answer.found else []
    here = [
        hit
        for hit in answer.hits
        if hit.source_id == shown.source.id and (hit in nearest or _shares_words(hit))
    ]
    return sorted(here, key=lambda hit: hit.segment), transcript_html.marked_words(answer)


def _related(db: Transaction, shown: ShownSource | None, start: float | None) -> list[Quote]:
    """Return related quotes for the passage at *start* seconds.

    Without *start*, the longest passage of the transcript is used.
    """
    passage = None
    if shown is not None and shown.version is not None:
        passage = read_models.passage_at(db, shown.version.id, start)
    if passage is None:
        return []
    try:
        return engine().related(passage.id, viewer(), limit=RELATED)
    except LibraryError:  # the page must work while search is unavailable
        return []


def _shares_words(hit: Hit) -> bool:
    return any(fragment.marked for fragment in hit.snippet)


@bp.get("/sessions/<int:session_id>/captions/<int:source_id>.vtt")
def captions_of(session_id: int, source_id: int) -> Response:
    """Return the captions of a recording as WebVTT."""
    with library().reading() as db:
        version = _version(db, session_id, source_id)
        text = webvtt.captions(read_models.lines_of(db, version.id))
    return Response(text, mimetype="text/vtt")


@bp.get("/sessions/<int:session_id>/words/<int:source_id>.json")
def words_of(session_id: int, source_id: int) -> Response:
    """Return word times in seconds for `STRETCH` segments, starting at ordinal `?from=`."""
    first = params.number(request.args, "from", default=0, low=0)
    with library().reading() as db:
        version = _version(db, session_id, source_id)
        stretch = read_models.lines_of(db, version.id, start_at=first, limit=STRETCH)
        lines = {
            s.ordinal: [
                [w.text, w.start, w.end] for w in spoken_words(s.text, s.start, s.end, s.words)
            ]
            for s in stretch
        }
    return jsonify(lines=lines)


def _version(db: Transaction, session_id: int, source_id: int) -> TranscriptVersion:
    source = sources.visible_source(db, viewer(), source_id)
    version = versions.current_version(db, source.id)
    if version is None or source.session_id != session_id:
        abort(404)
    return version


@bp.app_template_global()
def session_url(session: MentoringSession, source: Source, **more: Any) -> str:
    """Return the URL of the session page with this source selected."""
    return url_for("sessions.page", session_id=session.id, source=source.id, **more)
