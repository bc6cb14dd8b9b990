"""Tests of the search engine that the commands open."""

from dataclasses import replace

import pytest

from library.access import GUEST
from tests.builders import add_session
from tests.tiny_cross_encoder import write_cross_encoder
from web.commands.engine import engine_for


@pytest.mark.parametrize(("with_it", "first"), [(False, "fonts"), (True, "bicycle")])
def test_the_cross_encoder_of_the_settings_ranks(
    library, tmp_path, monkeypatch, with_it: bool, first: str
) -> None:
    """The engine uses the cross-encoder of the settings, also if it searches by words only."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    write_cross_encoder(tmp_path, "bicycle")
    library.settings = replace(
        library.settings,
        embedding_model="none-here",
        rerank_model=str(tmp_path) if with_it else "",
    )
    for title, words in (("fonts", "Tell me what helps with fonts"), ("bicycle", "Bicycle helps")):
        add_session(library, title=title, lines=[("Ada", words)])

    answer = engine_for(library).search("Tell me what helps", GUEST)

    assert answer.sessions[0].title == first
