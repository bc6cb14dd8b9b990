"""Sessions to read and hear: their list, one session's page, its captions and word times."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from library import access
from library.curating import stale
from library.editing import transcripts
from library.errors import LibraryError
from library.holdings import chapters, collections, reading, sessions, sources
from library.holdings.reading import Line
from library.models import MentoringSession, Source, SourceKind, State, TranscriptVersion
from library.overview.growth import added_in, span_of
from library.searching.scope import Filters
from library.store import Transaction
from library.withdrawal import trimming
from search.answers import Hit
from search.findings import Quote
from search.spoken import spoken_words
from web import addresses, captions, conversation, parameters
from web.context import engine, library, viewer
from web.media_types import content_type
from web.pictures.growth import named
from web.standards import description, oai_dc
from web.times import seconds_in
from web.views import releases, review, topics
from web.views.jobs import describe

bp = Blueprint("sessions", __name__)

PAGE = 30  # sessions
RELATED = 4  # moments of other sessions
STRETCH = 200  # lines whose word times are fetched at once
MOST_HITS = 50
MEANT = 3  # of the hits, that may share no word with the question


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The source that the page shows, with its transcript, where there is one already."""

    source: Source
    version: TranscriptVersion | None
    lines: list[Line]

    @property
    def timed(self) -> bool:
        """Whether the words have times: speech, not a note."""
        return self.source.kind is not SourceKind.NOTE


@bp.get("/sessions")
def index() -> str:
    """The sessions that the reader may see, newest first; of a month or year with `?added=`."""
    before = parameters.identifier(request.args, "before")
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
    """A session: its sound, its words as a conversation, and who took part."""
    question = parameters.text(request.args, "q")
    with library().reading() as db:
        if sessions.was_removed(db, viewer(), session_id):
            abort(410, "This session was removed from the library, with all its words and sound.")
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
            moment=addresses.moment,
            media_type=content_type(shown.source) if shown else "",
            turns=list(conversation.turns(shown.lines)) if shown and shown.timed else [],
            collections=(holding := collections.holding(db, session_id)),
            topics=(about := topics.classified(db, session)),
            linked_data=description.linked_data(session, holding, about.confirmed),
            dublin_core=description.terms(session, holding, about.confirmed),
            dublin_core_elements=oai_dc.ELEMENTS,
            may_edit=access.may_edit(viewer(), session),
            releasing=releases.summary(db, session),
            review=review.summary(db, session),
            stale=stale.marks(db, viewer(), [session_id]).get(session_id),
            being_trimmed=shown is not None and trimming.being_trimmed(db, shown.source.id),
            job=describe(shown.source) if shown and shown.source.state is not State.READY else None,
            stretch=STRETCH,
            chapters=chapters.of(db, shown.source.id) if shown else (),
        )


def _shown(db: Transaction, session: MentoringSession) -> Shown | None:
    """The source that was asked for, else the first recording, else the first of all."""
    wanted = parameters.identifier(request.args, "source")
    ranked = sorted(
        session.sources, key=lambda s: (s.id != wanted, s.kind is not SourceKind.RECORDING, s.id)
    )
    if not ranked:
        return None
    version = transcripts.current_version(db, ranked[0].id)
    lines = reading.lines_of(db, version.id) if version else []
    return Shown(source=ranked[0], version=version, lines=lines)


def _hits(
    session: MentoringSession, shown: Shown | None, question: str
) -> tuple[list[Hit], set[str]]:
    """The moments of this source that answer *question*, as they come, and the matching words."""
    if not question or shown is None:
        return [], set()
    try:
        answer = engine().search(
            question, viewer(), filters=Filters(session_id=session.id), limit=MOST_HITS
        )
    except LibraryError:  # a session can be read and heard while the search cannot answer
        return [], set()
    nearest = answer.hits[:MEANT] if answer.found else []
    here = [
        hit
        for hit in answer.hits
        if hit.source_id == shown.source.id and (hit in nearest or _shares_words(hit))
    ]
    return sorted(here, key=lambda hit: hit.segment), conversation.marked_words(answer)


def _related(db: Transaction, shown: Shown | None, start: float | None) -> list[Quote]:
    """What was said elsewhere of what is said at *start*, or of what this is about at most."""
    passage = None
    if shown is not None and shown.version is not None:
        passage = reading.passage_at(db, shown.version.id, start)
    if passage is None:
        return []
    try:
        return engine().related(passage.id, viewer(), limit=RELATED)
    except LibraryError:  # as above
        return []


def _shares_words(hit: Hit) -> bool:
    return any(fragment.marked for fragment in hit.snippet)


@bp.get("/sessions/<int:session_id>/captions/<int:source_id>.vtt")
def captions_of(session_id: int, source_id: int) -> Response:
    """The words of a recording as captions for its player."""
    with library().reading() as db:
        version = _version(db, session_id, source_id)
        text = captions.webvtt(reading.lines_of(db, version.id))
    return Response(text, mimetype="text/vtt")


@bp.get("/sessions/<int:session_id>/words/<int:source_id>.json")
def words_of(session_id: int, source_id: int) -> Response:
    """When each word is said, for `STRETCH` lines from `?from=` on; times in seconds."""
    first = parameters.number(request.args, "from", default=0, low=0)
    with library().reading() as db:
        version = _version(db, session_id, source_id)
        stretch = reading.lines_of(db, version.id, start_at=first, limit=STRETCH)
        lines = {
            s.ordinal: [
                [w.text, w.start, w.end] for w in spoken_words(s.text, s.start, s.end, s.words)
            ]
            for s in stretch
        }
    return jsonify(lines=lines)


def _version(db: Transaction, session_id: int, source_id: int) -> TranscriptVersion:
    source = sources.visible_source(db, viewer(), source_id)
    version = transcripts.current_version(db, source.id)
    if version is None or source.session_id != session_id:
        abort(404)
    return version


@bp.app_template_global()
def session_url(session: MentoringSession, source: Source, **more: Any) -> str:
    """The page of a session, showing this source."""
    return url_for("sessions.page", session_id=session.id, source=source.id, **more)
