"""What waits for somebody, in sentences: the same on pages, in the API and in e-mails."""

from collections.abc import Callable

from library.overview.waiting import Kind, Waiting

SENTENCES: dict[Kind, Callable[[Waiting], str]] = {
    Kind.CONSENT: lambda one: f"You are asked whether others may find “{one.title}”.",
    Kind.CONSENT_AGAIN: lambda one: (
        f"You are asked again about “{one.title}”: what it holds or whom it is meant for changed."
    ),
    Kind.TOLD: lambda one: (
        f"“{one.title}” is released to others: in its collections only mentors are asked. "
        "You can propose to leave something out, or object."
    ),
    Kind.REFUSED: lambda one: (
        f"“{one.title}” is not released: somebody said no, or withdrew their consent."
    ),
    Kind.SPEAKERS: lambda one: f"Say who speaks in “{one.title}”, so that others can find it.",
    Kind.PROPOSAL: lambda one: (
        f"Something is proposed to be left out of “{one.title}”: you decide."
    ),
    Kind.DECIDED: lambda one: f"It is decided what is left out of “{one.title}”.",
    Kind.WORK: lambda one: f"“{one.title}” needs some work before it is accepted.",
    Kind.FAILED: lambda one: f"A file of “{one.title}” could not be taken in.",
    Kind.REVIEW: lambda one: f"“{one.title}” was given to you to review.",
    Kind.JOINING: lambda one: (
        "Somebody asks for an account."
        if one.count == 1
        else f"{one.count} people ask for accounts."
    ),
    Kind.SOURCES: lambda one: (
        "A file of somebody else could not be taken in."
        if one.count == 1
        else f"{one.count} files of others could not be taken in."
    ),
}


def words(one: Waiting) -> str:
    """One sentence."""
    return SENTENCES[one.kind](one)
