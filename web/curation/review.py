"""Review of sessions before publication: the queue, and the page of one review."""

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import is_visible, may_edit
from library.accounts import people
from library.collections.listing import collections_with_counts
from library.consent import review_gate
from library.curation import freshness, review_queue
from library.curation import review as review_desk
from library.curation.review import ReviewNews
from library.curation.review_queue import ReviewFilter
from library.errors import InvalidInputError, NotAllowedError
from library.models import MentoringSession, Person, ReviewAct, ReviewState
from library.notifications.email import OutgoingEmail
from library.store import Transaction
from library.translation import gettext, mark
from web.http import params
from web.http.context import library, viewer
from web.mail import sender
from web.rendering import local_links, urls

bp = Blueprint("review", __name__)

PAGE = 30  # sessions
STATES = {
    ReviewState.SUBMITTED: mark("Submitted"),
    ReviewState.IN_REVIEW: mark("In review"),
    ReviewState.NEEDS_WORK: mark("Changes requested"),
    ReviewState.ACCEPTED: mark("Accepted"),
}
DONE = {
    ReviewAct.SUBMITTED: mark("The session is submitted. Reviewers find it in the review queue."),
    ReviewAct.ASSIGNED: mark("The reviewer is saved."),
    ReviewAct.COMMENTED: mark("Your comment is added."),
    ReviewAct.NEEDS_WORK: mark(
        "The owner is asked for the changes, and can submit the session again."
    ),
    ReviewAct.ACCEPTED: mark(
        "Accepted. Others can find the session when all speakers have agreed."
    ),
}
DID = {
    ReviewAct.SUBMITTED: mark("submitted the session"),
    ReviewAct.COMMENTED: mark("commented"),
    ReviewAct.NEEDS_WORK: mark("requested changes"),
    ReviewAct.ACCEPTED: mark("accepted the session"),
    ReviewAct.WITHDRAWN: mark(
        "removed the session from the queue, because its visibility needs no review any more"
    ),
}


@dataclass(frozen=True, kw_only=True)
class ReviewSummary:
    """Review state as the page of a session shows it.

    Attributes:
        party: Whether the page shows the viewer a link to the review.
        words: Label of the link to the review.
    """

    party: bool
    words: str


def summary(db: Transaction, session: MentoringSession) -> ReviewSummary:
    """Return the review state of a session for the viewer."""
    known = review_desk.of(db, session.id)
    if not review_desk.is_party(db, viewer(), session):
        return ReviewSummary(party=False, words="")
    if known is None:
        return ReviewSummary(
            party=session.visibility.needs_release, words=gettext("Submit for review")
        )
    words = gettext("%(state)s: show the review", state=gettext(STATES[known.state]))
    return ReviewSummary(party=True, words=words)


@bp.get("/review")
def queue() -> str:
    """Show the review queue of the viewer."""
    given = _wanted()
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        if not review_desk.curates(db, viewer()):
            raise NotAllowedError("Only curators and administrators can review sessions.")
        found = review_queue.queue(db, viewer(), given, limit=PAGE + 1, before_id=before)
        counts = review_queue.counts(db, viewer(), given)
        return render_template(
            "curation/review.html",
            found=found[:PAGE],
            more=found[PAGE - 1][0].id if len(found) > PAGE else None,
            states=[(state, text, counts.get(state, 0)) for state, text in STATES.items()],
            names=STATES,
            wanted=given,
            collection_list=[collection for collection, _ in collections_with_counts(db, viewer())],
            chosen={k: v for k, v in request.args.items() if k != "before" and v},
            on=review_gate.is_on(db),
        )


@bp.get("/sessions/<int:session_id>/review")
def page(session_id: int) -> str:
    """Show the review of one session: state, history, actions."""
    with library().reading() as db:
        return _page(db, review_desk.session_in_review(db, viewer(), session_id))


@bp.post("/sessions/<int:session_id>/review")
def act(session_id: int) -> ResponseReturnValue:
    """Perform the action of the pressed button, such as submitting or accepting the session."""
    do = params.choice(request.form, "do", ReviewAct)
    if do is None:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    text = params.text(request.form, "text", longest=review_desk.LONGEST)
    to = params.identifier(request.form, "to")
    with library().transaction() as db:
        news = review_desk.apply_action(db, viewer(), session_id, do, text=text, to=to)
    tell(news)
    flash(gettext(DONE[do]))
    with library().reading() as db:  # an assignment can hide the session from the viewer
        if not is_visible(db, viewer(), session_id):
            return redirect(url_for("review.queue"))
    return redirect(url_for("review.page", session_id=session_id))


@bp.post("/sessions/<int:session_id>/current")
def keep_current(session_id: int) -> ResponseReturnValue:
    """Save the day of the next review, and the newer session that replaces this session."""
    day = params.day(request.form, "review_by")
    by_id = local_links.session_id(params.text(request.form, "replaced_by"))
    with library().transaction() as db:
        freshness.update(db, viewer(), session_id, review_by=day, by_id=by_id)
    flash(gettext("Saved."))
    return redirect(url_for("review.page", session_id=session_id))


def tell(news: ReviewNews) -> None:
    """Send the e-mails about an action in a review."""
    for person in news.to:
        sender.mail_sender().later(partial(_as_it_is, email_about(news, person)))


def _as_it_is(message: OutgoingEmail) -> OutgoingEmail:
    return message


def _wanted() -> ReviewFilter:
    return ReviewFilter(
        state=params.choice(request.args, "state", ReviewState),
        mine=request.args.get("mine") == "1",
        collection_id=params.identifier(request.args, "collection"),
    )


def _page(db: Transaction, session: MentoringSession) -> str:
    who, review = viewer(), review_desk.of(db, session.id)
    events = review_desk.history(db, session.id)
    return render_template(
        "curation/review_one.html",
        session=session,
        review=review,
        state=gettext(STATES[review.state]) if review else "",
        mark=freshness.marks(db, who, [session.id]).get(session.id),
        events=events,
        did=DID,
        names=people.names(db, [i for e in events for i in (e.person_id, e.to_id)]),
        judges=review_desk.may_review(db, who, session),
        owns=may_edit(who, session),
        unfinished=review is not None and review.state in review_gate.UNFINISHED,
        required=review_gate.required(db, session),
        candidates=review_desk.candidates(db, session) if review else [],
    )


ABOUT = {
    ReviewAct.SUBMITTED: (
        mark("Submitted again: a session in %(site)s"),
        mark("“%(title)s” is submitted again. You were reviewing it."),
    ),
    ReviewAct.ASSIGNED: (
        mark("To review: a session in %(site)s"),
        mark("“%(title)s” is assigned to you: decide whether it needs changes."),
    ),
    ReviewAct.COMMENTED: (
        mark("New comment in a review: a session in %(site)s"),
        mark("“%(title)s” has a new comment in its review."),
    ),
    ReviewAct.NEEDS_WORK: (
        mark("Changes requested: a session in %(site)s"),
        mark("“%(title)s” needs changes before others find it."),
    ),
    ReviewAct.ACCEPTED: (
        mark("Accepted: a session in %(site)s"),
        mark("“%(title)s” is accepted."),
    ),
}


def email_about(news: ReviewNews, person: Person) -> OutgoingEmail:
    """Return the e-mail about an action in a review. Its subject must not contain the title."""
    subject, happened = ABOUT[news.act]
    body = gettext(happened, title=news.title) + (f"\n\n{news.text}" if news.text else "")
    link = urls.email_url(url_for("review.page", session_id=news.session_id))
    return OutgoingEmail(
        to=person.email or "",
        subject=gettext(subject, site=library().settings.site_name),
        text=gettext("Hello %(name)s,", name=person.name) + f"\n\n{body}\n\n{link}\n",
    )
