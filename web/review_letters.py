"""What the library writes to people about reviews."""

from flask import url_for

from library.curating.review_desk import News
from library.mail import Letter
from library.models import Person, ReviewAct
from web import addresses
from web.context import library

ABOUT = {
    ReviewAct.SUBMITTED: ("Submitted again", "is submitted again. You were reviewing it."),
    ReviewAct.ASSIGNED: ("To review", "is given to you: look whether others should find it so."),
    ReviewAct.COMMENTED: ("Said in a review", "has a new comment in its review."),
    ReviewAct.NEEDS_WORK: ("Work is asked for", "needs some work before others find it."),
    ReviewAct.ACCEPTED: ("Accepted", "is accepted."),
}


def letter(news: News, person: Person) -> Letter:
    """A letter about what was done in a review; the title of the session stays inside."""
    subject, happened = ABOUT[news.act]
    quoted = f"\n\n{news.text}" if news.text else ""
    link = addresses.in_letters(url_for("review.page", session_id=news.session_id))
    return Letter(
        to=person.email or "",
        subject=f"{subject}: a session in {library().settings.site_name}",
        text=f"Hello {person.name},\n\n“{news.title}” {happened}{quoted}\n\n{link}\n",
    )
