"""Tests of the command `check-receipt`."""

import json

import pytest
from click.testing import CliRunner

from library.removal import take_back
from tests.builders import add_session
from web.cli import cli


def check(library, path):
    """Run `living-history check-receipt` on a file."""
    return CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "check-receipt", str(path)]
    )


def test_a_receipt_holds_until_it_is_changed(library, mentor, tmp_path):
    """`check-receipt` confirms a receipt. A changed copy of the receipt ends with exit code 1."""
    library.forget_passages = list
    built = add_session(library, owner=mentor)
    content = take_back.take_back(library, mentor.viewer, built.session_id).content
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(content))
    bad.write_text(json.dumps({**content, "at": "2020-01-01T00:00:00+00:00"}))

    valid, changed = check(library, good), check(library, bad)

    assert (valid.exit_code, "The receipt is confirmed" in valid.output) == (0, True)
    assert (changed.exit_code, "The receipt is confirmed" in changed.output) == (1, False)


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"receipt": "other"}'])
def test_another_file_is_not_a_receipt(library, tmp_path, text):
    """`check-receipt` names a file that is not a receipt, and ends with exit code 1."""
    file = tmp_path / "receipt.json"
    file.write_text(text)

    result = check(library, file)

    assert result.exit_code == 1
    assert "receipt.json" in result.output
