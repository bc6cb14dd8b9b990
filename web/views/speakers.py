"""Naming the speakers of sessions whose release waits for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import zip_longest

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.accounts import people
from library.accounts.person_names import folded
from library.consent import release_holds
from library.consent.release_holds import ReleaseHold, Speaker
from library.consent.speaker_labels import names_a_person
from library.editing import speaker_excuses, speaker_names, speaker_naming
from library.errors import InvalidInputError, NotAllowedError
from library.holdings import sessions
from library.holdings.name_choices import NameQuestion
from library.holdings.naming import AmbiguousNameError
from library.models import Excuse, HoldKind, MentoringSession, Segment, Source
from library.store import Transaction
from library.voices import voice_prints
from web import parameters, release_words
from web import speaker_naming as acts
from web.context import library, viewer
from web.details import SOMEBODY_ELSE
from web.name_questions import questions_of
from web.redirects import back_to
from web.speaker_naming import Wish

bp = Blueprint("speakers", __name__)

PAGE = 30  # sessions
ALONE = [HoldKind.UNNAMED_SPEAKER]
LONGEST = 12.0  # seconds of a speaker that are played


@dataclass(frozen=True, kw_only=True)
class Row:
    """A speaker on the page, with the first words and what is known."""

    speaker: Speaker
    source: Source
    segment: Segment | None
    hold: ReleaseHold | None
    person: str  # the name of the person behind the label; empty: not known
    proposed: str  # a person whose voice is like this one
    name: str  # in the form
    why: str  # in the form
    question: NameQuestion | None  # who of several people of that name is meant

    @property
    def until(self) -> float:
        """The second at which playing the first words ends."""
        if self.segment is None or self.segment.start is None:
            return 0.0
        return min(self.segment.end or 0.0, self.segment.start + LONGEST)


@bp.get("/speakers")
def index() -> str:
    """The sessions whose release waits for the reader to name their speakers."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        waiting = speaker_naming.to_name(who)
        found = sessions.visible(db, who, limit=PAGE + 1, before_id=before, only=waiting)
        listed = [(one, release_holds.holds_of(db, one)) for one in found[:PAGE]]
        return render_template(
            "speakers/index.html",
            listed=[(one, holds, release_words.of_holds(holds)) for one, holds in listed],
            kinds={one.id: {hold.kind.value for hold in holds} for one, holds in listed},
            more=found[PAGE - 1].id if len(found) > PAGE else None,
            total=sessions.count_visible(db, who, waiting),
            reasons=_reasons(mine=True),
            me=who.person_id,
        )


@bp.post("/speakers")
def together() -> ResponseReturnValue:
    """Confirm the names, or give one reason, for all sessions that were chosen."""
    if not viewer().is_member:
        raise NotAllowedError
    chosen = [int(i) for i in request.form.getlist("session") if i.isdecimal() and len(i) <= 18]
    if not chosen:
        raise InvalidInputError("Choose the sessions that you mean.")
    do = request.form.get("do", "")
    if do not in {"confirm", "excuse"}:
        raise InvalidInputError("Press one of the buttons.")
    why = parameters.choice(request.form, "why", Excuse)
    if do == "excuse" and why is None:
        raise InvalidInputError("Choose a reason.")
    reason = parameters.text(request.form, "reason", longest=speaker_excuses.LONGEST_REASON)
    for session_id in chosen[:PAGE]:
        if do == "confirm":
            acts.confirm_all(session_id)
        elif why is not None:
            acts.excuse_all(session_id, why, reason)
    number = len(chosen[:PAGE])
    flash(f"Kept for {number} {'session' if number == 1 else 'sessions'}.")
    return redirect(url_for("speakers.index"))


@bp.get("/sessions/<int:session_id>/speakers")
def page(session_id: int) -> str:
    """The speakers of a session: who they are, their first words, and what is not known yet."""
    with library().reading() as db:
        return _page(db, session_to_edit(db, viewer(), session_id))


@bp.post("/sessions/<int:session_id>/speakers")
def act(session_id: int) -> ResponseReturnValue:
    """Keep what the form says about the speakers."""
    do = request.form.get("do", "")
    if do == "confirm":
        acts.confirm_all(session_id)
    elif do == "own":
        acts.excuse_all(session_id, Excuse.OWN_VOICE, "")
    elif do in {"save", "reopen"}:
        try:
            acts.carry_out(session_id, _wishes(reopen=do == "reopen"))
        except AmbiguousNameError as error:
            with library().reading() as db:
                session = session_to_edit(db, viewer(), session_id)
                return _page(db, session, questions_of(error)), HTTPStatus.CONFLICT
    else:
        raise InvalidInputError("Press one of the buttons.")
    with library().reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        flash(release_words.now(db, session))
        held = session.held
    target = url_for("speakers.page", session_id=session_id)
    return redirect(target if held else back_to(url_for("releases.page", session_id=session_id)))


def _wishes(*, reopen: bool) -> list[Wish]:
    """What the rows of the form say; rows that were left empty say nothing.

    Raises:
        InvalidInputError: no row says anything, or one cannot be read.
    """
    form = request.form
    reason = parameters.text(form, "reason", longest=speaker_excuses.LONGEST_REASON)
    found = []
    for at, (source, label, name, why) in enumerate(_typed()):
        if not (source.isdecimal() and len(source) <= 18):
            raise InvalidInputError("This form cannot be read. Reload the page.")
        chosen = parameters.choice({"why": why}, "why", Excuse)
        who = parameters.text(form, f"person_id-{at}", longest=40)
        typed = name or (label if who else "")  # one of several people of the name in the file
        clean = " ".join(parameters.clean(typed).split())[: speaker_naming.LONGEST_NAME]
        if not (clean or chosen or reopen):
            continue
        wish = Wish(source_id=int(source), label=label, excuse=chosen, reason=reason)
        same = clean == label and names_a_person(label)
        if reopen:
            wish = replace(wish, excuse=None, reopen=True)
        elif chosen is None:
            same = same and not who
            wish = replace(wish, confirm=True) if same else _named(wish, clean, who)
        found.append(wish)
    if not found:
        raise InvalidInputError(
            "Say who each speaker is, or choose a reason why nobody has to be named."
        )
    return found


def _typed() -> list[tuple[str, str, str, str]]:
    """The rows of the form: source, label, name, reason."""
    source, label, name, why = (
        request.form.getlist(field) for field in ("source", "label", "name", "why")
    )
    return list(zip_longest(source, label, name, why, fillvalue=""))[: acts.MOST]


def _named(wish: Wish, name: str, who: str) -> Wish:
    """A wish with a name, and which of several people of that name is meant."""
    chosen = int(who) if who.isascii() and who.isdecimal() and len(who) <= 18 else None
    return replace(wish, name=name, person_id=chosen, somebody_else=who == SOMEBODY_ELSE)


def _page(
    db: Transaction,
    session: MentoringSession,
    questions: Mapping[str, NameQuestion] | None = None,
) -> str:
    known = release_holds.look(db, session)
    rows = _rows(db, session, known, questions or {})
    open_rows = [row for row in rows if row.hold is not None]
    kinds = {row.hold.kind for row in open_rows if row.hold is not None}
    mine = session.owner_id == viewer().person_id
    return render_template(
        "speakers/page.html",
        session=session,
        words=release_words.now(db, session),
        holds=known.holds,
        waiting=open_rows,
        settled=[row for row in rows if row.hold is None],
        names_only=kinds == {HoldKind.UNCONFIRMED_NAME},
        own_only=mine and [row.hold.kind for row in open_rows if row.hold] == ALONE,
        reasons=_reasons(mine=mine),
        texts=speaker_excuses.REASONS,
        known_names=_people(db, session),
        many_sources=len({row.source.id for row in rows}) > 1,
    )


def _rows(
    db: Transaction,
    session: MentoringSession,
    known: release_holds.Known,
    questions: Mapping[str, NameQuestion],
) -> list[Row]:
    typed = {(source, label): (name, why) for source, label, name, why in _typed()}
    holds = {(hold.source_id, hold.label): hold for hold in known.holds}
    first = speaker_naming.first_segments(db, session)
    sources = {source.id: source for source in session.sources}
    names = people.names(db, [one.person_id for one in known.speakers])
    proposed = {i: voice_prints.proposals_for(db, viewer(), i) for i in sources}
    rows = []
    for one in known.speakers:
        if one.note:
            continue
        place = (one.source_id, one.label)
        hold = holds.get(place)
        likely = proposed[one.source_id].get(one.label)
        name, why = typed.get((str(one.source_id), one.label), ("", ""))
        question = questions.get(folded(name)) if name else None
        if hold is not None and hold.kind is HoldKind.UNCONFIRMED_NAME:
            name = name or speaker_naming.short_for(db, session, one.label) or one.label
        if hold is not None and hold.kind is HoldKind.AMBIGUOUS_NAME:
            asked = name or one.label
            question = question or speaker_names.question_of(db, viewer(), session, asked)
        rows.append(
            Row(
                speaker=one,
                source=sources[one.source_id],
                segment=first.get(place),
                hold=hold,
                person=names.get(one.person_id or 0, ""),
                proposed=likely.name if likely else "",
                name=name,
                why=why,
                question=question,
            )
        )
    return rows


def _people(db: Transaction, session: MentoringSession) -> Sequence[str]:
    """Names to choose from: participants first, then others whom the reader may know."""
    taking_part = [p.person.name for p in session.participants]
    others = [person.name for person in people.known_to(db, viewer())]
    return list(dict.fromkeys([*taking_part, *others]))


def _reasons(*, mine: bool) -> list[tuple[str, str]]:
    """The reasons that the reader may give, as choices of a form."""
    return [
        (why.value, text)
        for why, text in speaker_excuses.REASONS.items()
        if (mine or why is not Excuse.OWN_VOICE)
        and (viewer().is_admin or why is not Excuse.UNREACHABLE)
    ]
