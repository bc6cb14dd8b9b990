"""Review: the queue of sessions that somebody looks at first, and the page of one review."""

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import is_visible, may_edit
from library.accounts import people
from library.consent import reviews
from library.curating import review_desk, review_queue, stale
from library.curating.review_desk import News
from library.curating.review_queue import Wanted
from library.errors import InvalidInputError, NotAllowedError
from library.holdings.reading import shelves
from library.mail import Letter
from library.models import MentoringSession, ReviewAct, ReviewState
from library.store import Transaction
from web import parameters, pasted, post, review_letters
from web.context import library, viewer

bp = Blueprint("review", __name__)

PAGE = 30  # sessions
STATES = {
    ReviewState.SUBMITTED: "Submitted",
    ReviewState.IN_REVIEW: "In review",
    ReviewState.NEEDS_WORK: "Needs work",
    ReviewState.ACCEPTED: "Accepted",
}
DONE = {
    ReviewAct.SUBMITTED: "Submitted. Whoever reviews it finds it in the queue.",
    ReviewAct.ASSIGNED: "Saved: who looks at it.",
    ReviewAct.COMMENTED: "Your words are with the review.",
    ReviewAct.NEEDS_WORK: "Its owner is asked to do that, and submits it again.",
    ReviewAct.ACCEPTED: "Accepted. Others find it as soon as everybody who speaks has agreed.",
}
DID = {
    ReviewAct.SUBMITTED: "submitted it",
    ReviewAct.ASSIGNED: "gave it to",
    ReviewAct.COMMENTED: "wrote",
    ReviewAct.NEEDS_WORK: "asked for work",
    ReviewAct.ACCEPTED: "accepted it",
    ReviewAct.WITHDRAWN: "took it out of the queue: it is not meant for others any more",
}


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the page of a session says about its review."""

    party: bool  # whether it is the reader's business, and there is something to say
    words: str


def summary(db: Transaction, session: MentoringSession) -> Summary:
    """How it stands with a session's review, as far as it concerns the reader."""
    known = review_desk.of(db, session.id)
    if not review_desk.is_party(db, viewer(), session):
        return Summary(party=False, words="")
    if known is None:
        return Summary(party=session.visibility.needs_release, words="Ask for a review")
    return Summary(party=True, words=f"{STATES[known.state]}: what was said")


@bp.get("/review")
def queue() -> str:
    """What waits for whoever asks."""
    given = _wanted()
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        if not review_desk.curates(db, viewer()):
            raise NotAllowedError("Curators and administrators review sessions.")
        found = review_queue.queue(db, viewer(), given, limit=PAGE + 1, before_id=before)
        counts = review_queue.counts(db, viewer(), given)
        return render_template(
            "curating/review.html",
            found=found[:PAGE],
            more=found[PAGE - 1][0].id if len(found) > PAGE else None,
            states=[(state, text, counts.get(state, 0)) for state, text in STATES.items()],
            names=STATES,
            wanted=given,
            shelves=[shelf for shelf, _ in shelves(db, viewer())],
            chosen={k: v for k, v in request.args.items() if k != "before" and v},
            on=reviews.is_on(db),
        )


@bp.get("/sessions/<int:session_id>/review")
def page(session_id: int) -> str:
    """How it stands with one session, what was said, and what can be done."""
    with library().reading() as db:
        return _page(db, review_desk.session_in_review(db, viewer(), session_id))


@bp.post("/sessions/<int:session_id>/review")
def act(session_id: int) -> ResponseReturnValue:
    """Do what the pressed button says."""
    do = parameters.choice(request.form, "do", ReviewAct)
    if do is None:
        raise InvalidInputError("Press one of the buttons.")
    text = parameters.text(request.form, "text", longest=review_desk.LONGEST)
    to = parameters.identifier(request.form, "to")
    with library().transaction() as db:
        news = review_desk.act(db, viewer(), session_id, do, text=text, to=to)
    tell(news)
    flash(DONE[do])
    with library().reading() as db:  # who gave it away may not see it any more
        if not is_visible(db, viewer(), session_id):
            return redirect(url_for("review.queue"))
    return redirect(url_for("review.page", session_id=session_id))


@bp.post("/sessions/<int:session_id>/current")
def keep_current(session_id: int) -> ResponseReturnValue:
    """Keep by when to look at it again, and what has replaced it."""
    day = parameters.day(request.form, "review_by")
    by_id = pasted.session_id(parameters.text(request.form, "replaced_by"))
    with library().transaction() as db:
        stale.keep(db, viewer(), session_id, review_by=day, by_id=by_id)
    flash("Saved.")
    return redirect(url_for("review.page", session_id=session_id))


def tell(news: News) -> None:
    """Have those written to who have to know."""
    for person in news.to:
        letter = review_letters.letter(news, person)
        post.room().later(partial(_as_it_is, letter))


def _as_it_is(letter: Letter) -> Letter:
    return letter


def _wanted() -> Wanted:
    return Wanted(
        state=parameters.choice(request.args, "state", ReviewState),
        mine=request.args.get("mine") == "1",
        collection_id=parameters.identifier(request.args, "collection"),
    )


def _page(db: Transaction, session: MentoringSession) -> str:
    who, review = viewer(), review_desk.of(db, session.id)
    events = review_desk.history(db, session.id)
    return render_template(
        "curating/one.html",
        session=session,
        review=review,
        state=STATES[review.state] if review else "",
        mark=stale.marks(db, who, [session.id]).get(session.id),
        events=events,
        did=DID,
        names=people.names(db, [i for e in events for i in (e.person_id, e.to_id)]),
        judges=review_desk.may_review(db, who, session),
        owns=may_edit(who, session),
        unfinished=review is not None and review.state in reviews.UNFINISHED,
        required=reviews.required(db, session),
        candidates=review_desk.candidates(db, session) if review else [],
    )
