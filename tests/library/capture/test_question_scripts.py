"""Tests of question scripts: prompts that guide a recording."""

import pytest

from library.capture import question_scripts
from library.errors import InvalidInputError, NotAllowedError, NotFoundError


def save(db, viewer, **given):
    """Save a new script."""
    wanted = {"title": "First talk", "introduction": "", "prompts": ["Why?"], **given}
    return question_scripts.save(db, viewer, None, **wanted)


def test_a_script_is_saved_without_blank_lines(library, admin):
    """Blank prompts are removed, and scripts are listed by title."""
    with library.transaction() as db:
        save(db, admin.viewer, title="b  script", prompts=["  Who   were you? ", "", "And then?"])
        first = save(db, admin.viewer, title="A script")

        own = {"A script", "b script"}
        listed = [one for one in question_scripts.everything(db) if one.title in own]
        assert [script.title for script in listed] == ["A script", "b script"]
        assert listed[1].prompts == ["Who were you?", "And then?"]
        question_scripts.remove(db, admin.viewer, first)
        db.flush()
        with pytest.raises(NotFoundError):
            question_scripts.get(db, first.id)


@pytest.mark.parametrize(
    "given",
    [
        {"title": " "},
        {"prompts": [" "]},
        {"prompts": ["Why?"] * (question_scripts.MOST_PROMPTS + 1)},
    ],
)
def test_an_incomplete_script_is_refused(library, admin, given):
    """A script without a title, without a prompt, or with too many prompts is refused."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        save(db, admin.viewer, **given)


def test_only_administrators_write_scripts(library, mentor):
    """A mentor cannot save a question script."""
    with library.transaction() as db, pytest.raises(NotAllowedError):
        save(db, mentor.viewer)
