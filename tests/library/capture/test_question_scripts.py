"""Tests of question scripts: prompts that guide a recording."""

import pytest

from library.capture import question_scripts
from library.errors import InvalidInputError, NotAllowedError, NotFoundError


def save(db, viewer, **changes):
    """Save a new question script."""
    fields = {"title": "First talk", "introduction": "", "prompts": ["Why?"], **changes}
    return question_scripts.save(db, viewer, None, **fields)


def test_a_script_is_saved_without_blank_lines(library, admin):
    """Blank prompts of a question script are not saved. Scripts are listed by title.

    A removed question script is not found any more.
    """
    with library.transaction() as db:
        save(db, admin.viewer, title="b  script", prompts=["  Who   were you? ", "", "And then?"])
        first = save(db, admin.viewer, title="A script")

        own = {"A script", "b script"}
        scripts = [one for one in question_scripts.everything(db) if one.title in own]
        assert [script.title for script in scripts] == ["A script", "b script"]
        assert scripts[1].prompts == ["Who were you?", "And then?"]
        question_scripts.remove(db, admin.viewer, first)
        db.flush()
        with pytest.raises(NotFoundError):
            question_scripts.get(db, first.id)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"prompts": [" "]},
        {"prompts": ["Why?"] * (question_scripts.MOST_PROMPTS + 1)},
    ],
)
def test_an_incomplete_script_is_refused(library, admin, fields):
    """A question script without a title, without prompts or with too many prompts is refused."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        save(db, admin.viewer, **fields)


def test_only_administrators_write_scripts(library, mentor):
    """A mentor cannot save a question script."""
    with library.transaction() as db, pytest.raises(NotAllowedError):
        save(db, mentor.viewer)
