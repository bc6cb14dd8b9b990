"""Speaker pages: sessions with unidentified speakers, and the speakers of one session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import zip_longest

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.accounts import people
from library.accounts.names import folded
from library.consent import release_holds
from library.consent.release_holds import ReleaseHold, Speaker
from library.consent.speaker_labels import names_a_person
from library.errors import InvalidInputError, NotAllowedError
from library.models import HoldKind, MentoringSession, Segment, Source, UnnamedReason
from library.sessions import sessions
from library.sessions.name_choices import SOMEBODY_ELSE, NameQuestion
from library.sessions.person_lookup import AmbiguousNameError
from library.speakers import label_people, naming, unnamed_reasons, voice_prints
from library.store import Transaction
from library.translation import gettext, ngettext
from web.capture.name_disambiguation import questions_of
from web.http import params
from web.http.context import library, viewer
from web.rendering import release_state_text
from web.rendering.local_links import back_to
from web.speakers import speaker_edits as acts
from web.speakers.speaker_edits import SpeakerChange

bp = Blueprint("speakers", __name__)

PAGE = 30  # sessions
ALONE = [HoldKind.UNNAMED_SPEAKER]
LONGEST = 12.0  # seconds; maximum length of the played sample


@dataclass(frozen=True, kw_only=True)
class Row:
    """Speaker with the first segment, and with what is known or missing to identify the speaker."""

    speaker: Speaker
    source: Source
    segment: Segment | None
    hold: ReleaseHold | None
    person: str  # name of the identified person; empty if unknown
    proposed: str  # name of a person with a similar voice print
    name: str  # value of the form field
    why: str  # value of the form field
    question: NameQuestion | None  # choices if several people have this name

    @property
    def until(self) -> float:
        """End of the played sample in seconds."""
        if self.segment is None or self.segment.start is None:
            return 0.0
        return min(self.segment.end or 0.0, self.segment.start + LONGEST)


@bp.get("/speakers")
def index() -> str:
    """List the sessions whose release waits for the viewer to identify speakers."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        waiting = naming.to_name(who)
        found = sessions.visible(db, who, limit=PAGE + 1, before_id=before, only=waiting)
        listed = [(one, release_holds.holds_of(db, one)) for one in found[:PAGE]]
        return render_template(
            "speakers/index.html",
            listed=[(one, holds, release_state_text.of_holds(holds)) for one, holds in listed],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
            total=sessions.count_visible(db, who, waiting),
            reasons=_reasons(mine=True),
            me=who.person_id,
        )


@bp.post("/speakers")
def together() -> ResponseReturnValue:
    """Confirm the names in all chosen sessions, or set one reason for speakers without a name."""
    if not viewer().is_member:
        raise NotAllowedError
    chosen = [int(i) for i in request.form.getlist("session") if i.isdecimal() and len(i) <= 18]
    if not chosen:
        raise InvalidInputError("Choose at least one session.")
    do = request.form.get("do", "")
    if do not in {"confirm", "excuse"}:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    why = params.choice(request.form, "why", UnnamedReason)
    if do == "excuse" and why is None:
        raise InvalidInputError("Choose a reason.")
    reason = params.text(request.form, "reason", longest=unnamed_reasons.LONGEST_REASON)
    for session_id in chosen[:PAGE]:
        if do == "confirm":
            acts.confirm_all(session_id)
        elif why is not None:
            acts.set_reason_for_all(session_id, why, reason)
    number = len(chosen[:PAGE])
    flash(
        ngettext(
            "Your choice is saved for %(num)s session.",
            "Your choice is saved for %(num)s sessions.",
            number,
        )
    )
    return redirect(url_for("speakers.index"))


@bp.get("/sessions/<int:session_id>/speakers")
def page(session_id: int) -> str:
    """Show the speakers of a session, each with the first segment and the missing information."""
    with library().reading() as db:
        return _page(db, session_to_edit(db, viewer(), session_id))


@bp.post("/sessions/<int:session_id>/speakers")
def act(session_id: int) -> ResponseReturnValue:
    """Perform the action of the form: name speakers, confirm names, or set or withdraw reasons."""
    do = request.form.get("do", "")
    if do == "confirm":
        acts.confirm_all(session_id)
    elif do == "own":
        acts.set_reason_for_all(session_id, UnnamedReason.OWN_VOICE, "")
    elif do in {"save", "reopen"}:
        try:
            acts.apply_changes(session_id, _changes(reopen=do == "reopen"))
        except AmbiguousNameError as error:
            with library().reading() as db:
                session = session_to_edit(db, viewer(), session_id)
                return _page(db, session, questions_of(error)), HTTPStatus.CONFLICT
    else:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    with library().reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        flash(release_state_text.present_state(db, session))
        held = session.held
    target = url_for("speakers.page", session_id=session_id)
    return redirect(target if held else back_to(url_for("releases.page", session_id=session_id)))


def _changes(*, reopen: bool) -> list[SpeakerChange]:
    """Return the changes in the rows of the form. With *reopen*, withdraw the reasons instead.

    Without *reopen*, empty rows are skipped.

    Raises:
        InvalidInputError: All rows are empty, or a row is not valid.
    """
    form = request.form
    reason = params.text(form, "reason", longest=unnamed_reasons.LONGEST_REASON)
    found = []
    for at, (source, label, name, why) in enumerate(_typed()):
        if not (source.isdecimal() and len(source) <= 18):
            raise InvalidInputError("The form is not valid. Reload the page and try again.")
        chosen = params.choice({"why": why}, "why", UnnamedReason)
        who = params.text(form, f"person_id-{at}", longest=40)
        # If no name was typed, `who` is the chosen person among those with the name in the file.
        typed = name or (label if who else "")
        clean = " ".join(params.clean(typed).split())[: naming.LONGEST_NAME]
        if not (clean or chosen or reopen):
            continue
        change = SpeakerChange(source_id=int(source), label=label, excuse=chosen, reason=reason)
        same = clean == label and names_a_person(label)
        if reopen:
            change = replace(change, excuse=None, reopen=True)
        elif chosen is None:
            same = same and not who
            change = replace(change, confirm=True) if same else _named(change, clean, who)
        found.append(change)
    if not found:
        raise InvalidInputError("Name each speaker, or choose a reason why no name is needed.")
    return found


def _typed() -> list[tuple[str, str, str, str]]:
    """Return the rows of the form, each as (source id, label, name, reason)."""
    source, label, name, why = (
        request.form.getlist(field) for field in ("source", "label", "name", "why")
    )
    return list(zip_longest(source, label, name, why, fillvalue=""))[: acts.MOST]


def _named(change: SpeakerChange, name: str, who: str) -> SpeakerChange:
    """Return *change* with a name and the chosen person.

    *who* is the id of the person, `SOMEBODY_ELSE` for a new person, or empty for no choice.
    """
    chosen = int(who) if who.isascii() and who.isdecimal() and len(who) <= 18 else None
    return replace(change, name=name, person_id=chosen, somebody_else=who == SOMEBODY_ELSE)


def _page(
    db: Transaction,
    session: MentoringSession,
    questions: Mapping[str, NameQuestion] | None = None,
) -> str:
    known = release_holds.read(db, session)
    rows = _rows(db, session, known, questions or {})
    open_rows = [row for row in rows if row.hold is not None]
    kinds = {row.hold.kind for row in open_rows if row.hold is not None}
    mine = session.owner_id == viewer().person_id
    return render_template(
        "speakers/page.html",
        session=session,
        words=release_state_text.present_state(db, session),
        holds=known.holds,
        waiting=open_rows,
        settled=[row for row in rows if row.hold is None],
        names_only=kinds == {HoldKind.UNCONFIRMED_NAME},
        own_only=mine and [row.hold.kind for row in open_rows if row.hold] == ALONE,
        reasons=_reasons(mine=mine),
        texts=unnamed_reasons.REASONS,
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
    first = naming.first_segments(db, session)
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
            name = name or naming.short_for(db, session, one.label) or one.label
        if hold is not None and hold.kind is HoldKind.AMBIGUOUS_NAME:
            asked = name or one.label
            question = question or label_people.question_of(db, viewer(), session, asked)
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
    """Return suggested names: participants first, then other people known to the viewer."""
    taking_part = [p.person.name for p in session.participants]
    others = [person.name for person in people.known_to(db, viewer())]
    return list(dict.fromkeys([*taking_part, *others]))


def _reasons(*, mine: bool) -> list[tuple[str, str]]:
    """Return (value, label) of each reason for an unnamed speaker that the viewer may choose.

    *mine*: whether the viewer owns the session.
    """
    return [
        (why.value, gettext(text))
        for why, text in unnamed_reasons.REASONS.items()
        if (mine or why is not UnnamedReason.OWN_VOICE)
        and (viewer().is_admin or why is not UnnamedReason.UNREACHABLE)
    ]
