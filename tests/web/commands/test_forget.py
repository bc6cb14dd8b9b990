"""Tests of the command `forget`."""

import pytest
from click.testing import CliRunner

from library.models import MentoringSession, Redaction
from tests.builders import add_session
from web.cli import cli


def forget(library, *words, answer=None):
    """Run `living-history forget` on a library."""
    command = ["--home", str(library.settings.home), "forget", *words]
    return CliRunner().invoke(cli, command, input=answer)


def test_a_session_is_taken_back_after_a_confirmation(library):
    """A confirmed session is removed with a receipt. Without confirmation, it stays."""
    number = add_session(library, title="On trust").session_id

    declined = forget(library, str(number), answer="n\n")
    with library.reading() as db:
        assert db.get(MentoringSession, number).title == "On trust"
    confirmed = forget(library, str(number), "--yes")

    assert "On trust" in declined.output
    assert confirmed.exit_code == 0
    assert "/receipts/1" in confirmed.output
    with library.reading() as db:
        assert db.get(MentoringSession, number).title == "Removed"


def test_a_range_is_redacted(library):
    """A range is redacted without naming the recording if the session has only one."""
    built = add_session(library)

    done = forget(library, str(built.session_id), "--from", "0:00", "--to", "0:10", "--yes")

    assert done.exit_code == 0
    with library.reading() as db:
        (redaction,) = db.query(Redaction).all()
        assert (redaction.source_id, redaction.start, redaction.end) == (built.source_id, 0.0, 10.0)


@pytest.mark.parametrize("words", [("--source", "99"), ("--from", "0:10"), ("--from", "x")])
def test_an_incomplete_range_is_refused(library, words):
    """An incomplete or invalid range ends with exit code 1 and removes nothing."""
    number = add_session(library, title="On trust").session_id

    result = forget(library, str(number), "--yes", *words)

    assert result.exit_code == 1
    with library.reading() as db:
        assert db.get(MentoringSession, number).title == "On trust"
        assert db.query(Redaction).all() == []
