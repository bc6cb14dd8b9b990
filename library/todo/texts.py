"""Sentences for tasks, shared by pages, API and e-mails."""

from collections.abc import Callable

from library.todo.items import Kind, Task
from library.translation import gettext, ngettext

SENTENCES: dict[Kind, Callable[[Task], str]] = {
    Kind.CONSENT: lambda one: gettext(
        "You are asked whether others may find “%(title)s”.", title=one.title
    ),
    Kind.CONSENT_AGAIN: lambda one: gettext(
        "You are asked again about “%(title)s”: its content or its visibility changed.",
        title=one.title,
    ),
    Kind.TOLD: lambda one: gettext(
        "“%(title)s” is released to others: in its collections only mentors are asked. You can "
        "propose to leave something out, or object.",
        title=one.title,
    ),
    Kind.REFUSED: lambda one: gettext(
        "“%(title)s” is not released: a speaker did not consent, or withdrew their consent.",
        title=one.title,
    ),
    Kind.SPEAKERS: lambda one: gettext(
        "Name the speakers in “%(title)s”, so that others can find it.", title=one.title
    ),
    Kind.PROPOSAL: lambda one: gettext(
        "It is proposed to leave something out of “%(title)s”. You decide.", title=one.title
    ),
    Kind.DECIDED: lambda one: gettext(
        "Your proposal to leave something out of “%(title)s” was decided.", title=one.title
    ),
    Kind.WORK: lambda one: gettext(
        "“%(title)s” needs some work before it is accepted.", title=one.title
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
