"""Sentences for tasks, shared by pages, API and e-mails."""

from collections.abc import Callable

from library.todo.items import Kind, Task
from library.translation import gettext, ngettext

SENTENCES: dict[Kind, Callable[[Task], str]] = {
    Kind.CONSENT: lambda one: gettext(
        "You are asked whether others may find “%(title)s”.", title=one.title
    ),
    Kind.CONSENT_AGAIN: lambda one: gettext(
        "You are asked again whether others may find “%(title)s”. Your earlier answer no longer "
        "counts.",
        title=one.title,
    ),
    Kind.TOLD: lambda one: gettext(
        "“%(title)s” is released to others, because its collections ask only mentors for consent. "
        "You can propose to leave something out, or keep the session among the participants.",
        title=one.title,
    ),
    Kind.REFUSED: lambda one: gettext(
        "“%(title)s” is not released, because a speaker declined or withdrew consent.",
        title=one.title,
    ),
    Kind.SPEAKERS: lambda one: gettext(
        "Name the speakers in “%(title)s”, so that others can find it.", title=one.title
    ),
    Kind.PROPOSAL: lambda one: gettext(
        "A participant proposes to leave something out of “%(title)s”. Accept or refuse this.",
        title=one.title,
    ),
    Kind.DECIDED: lambda one: gettext(
        "Your proposal to leave something out of “%(title)s” was decided.", title=one.title
    ),
    Kind.WORK: lambda one: gettext(
        "The reviewer of “%(title)s” asks for changes before it is accepted.", title=one.title
    ),
    Kind.FAILED: lambda one: gettext(
        "A file of “%(title)s” could not be processed.", title=one.title
    ),
    Kind.REVIEW: lambda one: gettext("“%(title)s” is assigned to you for review.", title=one.title),
    Kind.JOINING: lambda one: ngettext(
        "%(num)s person requests an account.", "%(num)s people request accounts.", one.count
    ),
    Kind.SOURCES: lambda one: ngettext(
        "%(num)s file of another person could not be processed.",
        "%(num)s files of other people could not be processed.",
        one.count,
    ),
}


def words(one: Task) -> str:
    """Return the sentence that describes a task to the person."""
    return SENTENCES[one.kind](one)
