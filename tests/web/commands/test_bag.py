"""Tests of the command `bag`, which packs a session as a folder or zip file."""

import zipfile

from click.testing import CliRunner

from library.models import Visibility
from tests.builders import add_session
from web.cli import cli


def run(library, *words):
    """Run `living-history bag` on a library."""
    return CliRunner().invoke(cli, ["--home", str(library.settings.home), "bag", *words])


def test_a_session_is_packed_into_a_new_zip_file(library, tmp_path):
    """A session is packed into a zip file, and a second run does not replace it."""
    built = add_session(library, title="On trust")
    out = tmp_path / "talk.zip"

    first = run(library, "session", str(built.session_id), str(out))
    again = run(library, "session", str(built.session_id), str(out))

    assert (first.exit_code, again.exit_code) == (0, 1)
    assert "already exists" in again.output
    with zipfile.ZipFile(out) as packed:
        assert "talk/bagit.txt" in packed.namelist()


def test_a_session_that_the_receiver_may_not_see_is_not_packed(library, mentor, mentee, tmp_path):
    """A session that the receiver may not see is not packed, and the exit code is 1."""
    built = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    out = tmp_path / "talk.zip"

    result = run(library, "session", str(built.session_id), str(out), "--for", str(mentee.id))

    assert result.exit_code == 1
    assert not out.exists()
