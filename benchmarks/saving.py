"""Time from saving a corrected transcript until a search finds it.

`python -m benchmarks.saving` makes a session of one hour (9,000 words with times, two speakers). It
saves three corrections through the API: one word, a name for one speaker, and names for both. The
time ends when a search by the owner finds the new word or name. Other viewers cannot find the
session until the named speakers have agreed.
"""

import argparse
import random
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from library.accounts import tokens
from library.models import Role, Scope
from library.queue import WorkQueue
from library.settings import read_settings
from library.store import Library, open_library
from library.transcripts import versions
from search.embedding.embedder import open_embedder
from search.engine import Engine
from search.indexing import save_version
from tests.builders import Account, Built, add_account, add_session
from web.app import create_app

WORDS = re.findall(
    r"\w+",
    "ask listen feedback morning kiln winter budget trust letter the a of to and in we they it "
    "was is had meeting before after nobody always question answer board plan cost talk people",
)
WORDS_IN_ALL, WORDS_OF_A_LINE = 9000, 25


def build(library: Library, owner: Account, embedder: Any) -> Built:
    """Add a processed session with unnamed speakers and word times."""
    chance = random.Random(6)  # noqa: S311
    count = WORDS_IN_ALL // WORDS_OF_A_LINE
    lines = [
        (f"Speaker {n // 3 % 2 + 1}", " ".join(chance.choices(WORDS, k=WORDS_OF_A_LINE)) + ".")
        for n in range(count)
    ]
    built = add_session(library, title="An hour", lines=lines, owner=owner, embedder=embedder)
    with library.transaction() as db:
        for segment in versions.segments_of(db, built.version_id):
            begin, step = segment.start or 0.0, 10.0 / WORDS_OF_A_LINE
            segment.words = [
                (f" {word}", begin + step * n, begin + step * (n + 1), 0.9)
                for n, word in enumerate(segment.text.split())
            ]
    with library.reading() as db:
        segments = versions.drafts_of(db, built.version_id)
    last = built.version_id
    save_version.save(library, embedder, owner.viewer, built.source_id, segments, base_id=last)
    return built


def pieces_of(segments: Any, names: dict[str, str], word: str = "") -> list[dict[str, Any]]:
    """Return the corrected segments: speakers renamed by *names*, *word* added in the middle."""
    pieces: list[dict[str, Any]] = []
    for number, segment in enumerate(segments):
        piece: dict[str, Any] = {"keep": number}
        if word and number == len(segments) // 2:
            piece = {"text": f"{segment.text} {word}.", "speaker": segment.speaker}
        if (name := names.get(segment.speaker)) is not None:
            piece["speaker"] = name
        pieces.append(piece)
    return pieces


def main() -> None:
    """Measure three corrections and print the times."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with TemporaryDirectory() as folder:
        library = open_library(read_settings(home=Path(folder)))
        embedder = open_embedder(library.settings)
        owner = add_account(library, "Ada", Role.ADMIN)
        built = build(library, owner, embedder)
        engine = Engine(library, embedder)
        app = create_app(library=library, engine=engine, queue=WorkQueue(Path(folder)))
        with library.transaction() as db:
            _, token = tokens.add(db, owner.id, "benchmark", scopes=tuple(Scope))
        client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
        address = f"/api/v1/sessions/{built.session_id}/transcript/{built.source_id}"
        for what, names, word, wanted in (
            ("one word", {}, "zanzibarflamingo", {"zanzibarflamingo"}),
            ("a name for one speaker", {"Speaker 1": "Wilma"}, "", {"Wilma", "Speaker 2"}),
            ("two new names", {"Wilma": "Xanthe", "Speaker 2": "Yvo"}, "", {"Xanthe", "Yvo"}),
        ):
            with library.reading() as db:
                version = versions.current_version(db, built.source_id)
                segments = versions.drafts_of(db, version.id) if version else []
            question = word or segments[7].text
            sent = {"pieces": pieces_of(segments, names, word)}
            engine.search("warm", owner.viewer)
            began = time.perf_counter()
            answer = client.put(address, json=sent, headers=headers | {"If-Match": "*"})
            saved = time.perf_counter() - began
            hits = engine.search(question, owner.viewer).hits
            found = time.perf_counter() - began
            seen = any({hit.speaker, word} & wanted for hit in hits)
            print(
                f"{what}: saved ({answer.status_code}) in {saved:.2f} s, "
                f"{'found' if seen else 'NOT FOUND'} {found - saved:.2f} s later"
            )
        library.close()


if __name__ == "__main__":
    main()
