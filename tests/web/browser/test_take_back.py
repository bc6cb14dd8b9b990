"""Tests of redaction, sealed originals and removal in a browser."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ingest.pipeline import Pipeline
from library.models import Segment, SourceKind
from library.queue import WorkQueue
from library.sessions import jobs, sources
from library.settings import Settings
from library.store import Library
from library.transcripts import versions
from search.engine import Engine
from tests.builders import Account, Built, add_session
from tests.chromium import too_wide
from tests.fakes import BagOfWordsEmbedder
from tests.paths import DATA
from tests.remains import left_in
from tests.web.shared_routes import made_app

SOUND = DATA / "handover.ogg"
SECRET = "zanzibarflamingo"
LINES = [
    ("Ruth", "I kept the keys of the kiln room for a year."),
    ("Ruth", f"The word was {SECRET} until Easter."),
    ("Sam", "So whenever the gas failed, they rang you."),
]
SELECT = """([from, start, to, end]) => {
  const said = (line) => document.querySelector(`#s${line} .said`).firstChild;
  getSelection().setBaseAndExtent(said(from), start, said(to), end);
}"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a library that seals originals."""
    return replace(settings, originals="seal")


@pytest.fixture
def bare_app(library: Library, queue: WorkQueue) -> Flask:
    """Site with the real search engine."""
    engine = Engine(library, BagOfWordsEmbedder())
    return made_app(library=library, engine=engine, queue=queue)


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Public session of the mentor, with sound."""
    built = add_session(
        library,
        title="The keys of the kiln room",
        lines=LINES,
        owner=mentor,
        content=SOUND.read_bytes(),
    )
    with library.transaction() as db:
        sources.get(db, built.source_id).media_type = "audio/ogg"
        for segment in versions.segments_of(db, built.version_id):
            segment.words = spread(segment)
    return built


def spread(segment: Segment) -> list[tuple[str, float, float, float]]:
    """Return a segment's words with times, each word 0.7 s long.

    0.7 has no exact binary form, so that rounding is tested, too.
    """
    begin = segment.start or 0.0
    return [
        (f" {word}", begin + 0.7 * at, begin + 0.7 * (at + 1), 0.9)
        for at, word in enumerate(segment.text.split())
    ]


def work(library: Library) -> None:
    """Process the waiting sources as the worker does."""
    pipeline = Pipeline(
        library,
        transcriber=lambda _: pytest.fail("no recording is to be transcribed"),
        embedder=BagOfWordsEmbedder,
        worker="worker",
    )
    with library.reading() as db:
        waiting = jobs.unfinished(db)
    for source_id in waiting:
        pipeline.take_in(source_id)


def finds(stranger: Page, words: str, *, question: str) -> bool:
    """Return whether a guest who searches for *question* sees *words*."""
    stranger.goto(f"/?q={question}")
    return words in stranger.locator("main").inner_text()


@pytest.mark.parametrize("width", [390])
def test_selected_words_are_redacted(
    arrive: Callable[..., Page], library: Library, mentor: Account, talk: Built, width: int
) -> None:
    """Selected words are redacted after a confirmation.

    A guest finds the other words of the session, but not the redacted ones.
    """
    ada, stranger = arrive(mentor, width=width), arrive()
    before = finds(stranger, SECRET, question=SECRET + "+easter")
    ada.goto(f"/sessions/{talk.session_id}")
    line = LINES[1][1]
    ada.evaluate(SELECT, [1, line.index("word"), 1, line.index(" until")])
    ada.get_by_role("button", name="Off the record …").click()
    expect(ada.get_by_role("heading", name="Take this off the record?")).to_be_visible()
    expect(ada.locator("blockquote.said")).to_have_text(f"word was {SECRET}")
    take_off = ada.get_by_role("button", name="Take it off the record")
    wider = too_wide(ada, once=take_off)

    take_off.click()
    expect(ada.get_by_text("This part is off the record")).to_be_visible()
    expect(
        ada.get_by_text("being removed from this recording. It can be played again")
    ).to_be_visible()
    meanwhile = finds(stranger, "word was", question=SECRET + "+easter")
    work(library)

    assert (before, meanwhile, wider) == (True, False, 0)
    assert left_in(library, SECRET) == []
    assert finds(stranger, "until Easter", question="until+easter")
    stranger.goto(f"/sessions/{talk.session_id}")
    expect(stranger.locator("[data-transcript]")).to_contain_text("The")
    expect(stranger.locator("[data-transcript]")).not_to_contain_text("word was")
    stranger.wait_for_function("() => document.querySelector('audio').readyState >= 1")


def test_words_across_two_lines_can_be_selected(
    arrive: Callable[..., Page], mentor: Account, talk: Built
) -> None:
    """The redaction button appears only while words are selected.

    Cancelling the redaction changes nothing.
    """
    ada = arrive(mentor)
    ada.goto(f"/sessions/{talk.session_id}")
    button = ada.get_by_role("button", name="Off the record …")
    expect(button).to_be_hidden()
    ada.evaluate(SELECT, [0, LINES[0][1].index("year"), 1, len("The word")])
    expect(button).to_be_visible()
    ada.evaluate("getSelection().removeAllRanges()")
    expect(button).to_be_hidden()

    ada.evaluate(SELECT, [0, LINES[0][1].index("year"), 1, len("The word")])
    button.click()

    expect(ada.locator("blockquote.said")).to_have_text("year.The word")
    ada.get_by_role("link", name="Keep it").click()
    expect(ada.locator("[data-transcript]")).to_contain_text(SECRET)


def test_a_range_is_redacted_by_its_times(
    arrive: Callable[..., Page], library: Library, mentor: Account, admin: Account, talk: Built
) -> None:
    """A range is redacted by typed times.

    An administrator then opens the sealed original with a logged reason.
    """
    ada, stranger = arrive(mentor, width=390), arrive()
    ada.goto(f"/sessions/{talk.session_id}")
    ada.get_by_role("link", name="Off the record, personal details").press("Enter")
    ada.get_by_label("From").fill("0:11")
    ada.keyboard.press("Tab")
    ada.keyboard.type("0:19")
    ada.keyboard.press("Enter")
    expect(ada.locator("blockquote.said")).to_contain_text(SECRET)
    take_off = ada.get_by_role("button", name="Take it off the record")
    wider = too_wide(ada, once=take_off)
    take_off.press("Enter")
    expect(ada.get_by_text("This part is off the record")).to_be_visible()
    work(library)

    assert not finds(stranger, SECRET, question="what+was+said+until+easter")
    assert finds(stranger, "kiln room", question="keys+of+the+kiln+room")
    ines = arrive(admin, width=390)
    ines.goto("/care/sealed/")
    ines.get_by_label("Reason").fill("Asked for by Ruth in writing")
    open_it = ines.get_by_role("button", name="Open")
    wider += too_wide(ines, once=open_it)
    with ines.expect_download() as download:
        open_it.click()
    assert download.value.path().read_bytes() == SOUND.read_bytes()
    ines.goto("/care/audit")
    expect(ines.get_by_text("Asked for by Ruth in writing").first).to_be_visible()
    assert wider == 0


def test_selected_words_of_a_note_are_redacted(
    arrive: Callable[..., Page], library: Library, mentor: Account
) -> None:
    """Selected words of a note are redacted, even if Markdown formats a part of them."""
    text = f"The word was **{SECRET}** until Easter."
    note = add_session(
        library,
        lines=[("", "Ask the same day."), ("", text)],
        kind=SourceKind.NOTE,
        owner=mentor,
        content=f"Ask the same day.\n\n{text}\n".encode(),
    )
    ada, stranger = arrive(mentor), arrive()
    before = finds(stranger, f"was {SECRET}", question=SECRET)
    ada.goto(f"/sessions/{note.session_id}")
    ada.locator("#p1 strong").dblclick()
    ada.get_by_role("button", name="Off the record …").click()
    expect(ada.locator("blockquote.said")).to_contain_text(SECRET)
    ada.get_by_role("button", name="Take it off the record").click()
    expect(ada.get_by_text("This part is off the record")).to_be_visible()
    work(library)

    assert (before, finds(stranger, f"was {SECRET}", question=SECRET)) == (True, False)
    assert finds(stranger, "same day", question="ask+the+same+day")


@pytest.mark.parametrize("width", [1280])
def test_a_session_is_taken_back_for_good(
    arrive: Callable[..., Page], library: Library, mentor: Account, talk: Built, width: int
) -> None:
    """After its removal, a guest does not find a session's words, and its sound answers 404."""
    ada, stranger = arrive(mentor, width=width), arrive()
    before = finds(stranger, SECRET, question=SECRET)
    ada.goto(f"/sessions/{talk.session_id}/edit")
    ada.get_by_role("link", name="Remove this session").click()
    remove = ada.get_by_role("button", name="Take it back for good")
    wider = too_wide(ada, once=remove)
    remove.click()
    expect(ada.get_by_text("The session is removed")).to_be_visible()

    assert (before, finds(stranger, "word was", question=SECRET), wider) == (True, False, 0)
    assert left_in(library, SECRET) == []
    stranger.goto(f"/sessions/{talk.session_id}")
    expect(stranger.locator("main")).not_to_contain_text("kiln room")
    assert stranger.goto(f"/media/{talk.source_id}").status == 404
