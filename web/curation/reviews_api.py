"""API resources of reviews: the queue, one review, and the actions of a review."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.consent import review_gate
from library.curation import review as review_desk
from library.curation import review_queue
from library.curation.review import LONGEST
from library.curation.review_queue import ReviewFilter
from library.errors import NotAllowedError
from library.models import MentoringSession, Review, ReviewAct, ReviewState
from library.store import Transaction
from web.curation.review import tell
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, query_args, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema

DONE_BY_PEOPLE = [act.value for act in ReviewAct if act is not ReviewAct.WITHDRAWN]


class ReviewPageSchema(PageSchema):
    """Filters of the review queue."""

    state = fields.Enum(ReviewState, by_value=True, load_default=None)
    mine = fields.Boolean(
        load_default=False, metadata={"description": "Only sessions that are assigned to you."}
    )
    collection = fields.Integer(load_default=None, validate=AN_ID)


class ReviewEventSchema(Schema):
    """Event in the history of a review."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    act = fields.Enum(ReviewAct, by_value=True)
    person_id = fields.Integer(
        allow_none=True, metadata={"description": "Null if the library acted automatically."}
    )
    to = fields.Integer(
        attribute="to_id",
        allow_none=True,
        metadata={"description": "Person to whom the session was assigned."},
    )
    text = fields.String()


class ReviewedSchema(Schema):
    """Review state of a session."""

    session_id = fields.Integer()
    title = fields.String()
    state = fields.Enum(
        ReviewState,
        by_value=True,
        allow_none=True,
        metadata={"description": "Null if the session was not submitted."},
    )
    reviewer = fields.Integer(allow_none=True)
    changed_at = fields.AwareDateTime(allow_none=True)
    required = fields.Boolean(
        metadata={"description": "Whether others find the session only after acceptance."}
    )
    links = Links(
        {"self": "api_reviews.one", "session": "api_sessions.one", "page": "review.page"},
        session_id="session_id",
    )


class ReviewSchema(ReviewedSchema):
    """Review of a session with its history."""

    events = fields.List(fields.Nested(ReviewEventSchema))


class ReviewListSchema(Schema):
    """One page of the review queue, newest session first."""

    reviews = fields.List(fields.Nested(ReviewedSchema))
    next = fields.String(allow_none=True)


class ReviewActSchema(RequestSchema):
    """Action in a review: submit, assign, comment, request changes, or accept."""

    act = fields.String(required=True, validate=validate.OneOf(DONE_BY_PEOPLE))
    text = CleanText(load_default="", validate=validate.Length(max=LONGEST))
    to = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=AN_ID,
        metadata={"description": "With `assigned`: the reviewer; null returns it to the queue."},
    )


bp = Blueprint(
    "api_reviews",
    __name__,
    url_prefix="/api/v1",
    description="Reviews of sessions before publication.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/reviews")
@bp.arguments(ReviewPageSchema, location="query")
@bp.response(200, ReviewListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the submitted sessions that you may review, newest first."""
    wanted = ReviewFilter(state=page["state"], mine=page["mine"], collection_id=page["collection"])
    with library().reading() as db:
        if not review_desk.curates(db, viewer()):
            raise NotAllowedError("Only curators and administrators can review sessions.")
        found = review_queue.queue(db, viewer(), wanted, **query_args(page))
        shown, last = split_page(page, found, lambda row: row[0].id)
        listed = [_written(db, session, review) for session, review in shown]
    given = {
        "state": page["state"].value if page["state"] else None,
        "mine": page["mine"] or None,
        "collection": page["collection"],
    }
    return {"reviews": listed, "next": next_url("api_reviews.index", page, last, **given)}


@bp.get("/sessions/<int:session_id>/review")
@bp.response(200, ReviewSchema)
def one(session_id: int) -> Answer:
    """Return the review of a session. Send its ETag as If-Match with an action."""
    with library().reading() as db:
        content = _whole(db, session_id)
    return content, 200, {"ETag": tag_of_row(ReviewSchema(), content)}


@bp.post("/sessions/<int:session_id>/review")
@bp.doc(parameters=[MATCH])
@bp.arguments(ReviewActSchema)
@bp.response(200, ReviewSchema)
def act(given: dict[str, Any], session_id: int) -> Answer:
    """Submit, assign, comment on or decide a review. Fails with 412 if the review has changed."""
    with library().transaction() as db:
        require_match(tag_of_row(ReviewSchema(), _whole(db, session_id)))
        news = review_desk.apply_action(
            db,
            viewer(),
            session_id,
            ReviewAct(given["act"]),
            text=given["text"],
            to=given["to"],
        )
        session = db.get_one(MentoringSession, session_id)
        content = _with_events(db, session)
    tell(news)
    return content, 200, {"ETag": tag_of_row(ReviewSchema(), content)}


def _whole(db: Transaction, session_id: int) -> dict[str, Any]:
    return _with_events(db, review_desk.session_in_review(db, viewer(), session_id))


def _with_events(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    events = review_desk.history(db, session.id)
    return {**_written(db, session, review_desk.of(db, session.id)), "events": events}


def _written(db: Transaction, session: MentoringSession, review: Review | None) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "title": session.title,
        "state": review.state if review else None,
        "reviewer": review.reviewer_id if review else None,
        "changed_at": review.changed_at if review else None,
        "required": review_gate.required(db, session),
    }
