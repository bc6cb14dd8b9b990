"""How soon is a corrected transcript found, after somebody saves it?

`python -m benchmarks.saving` makes a session of an hour (9,000 words with times, two voices), and
saves three corrections of it by the API: one word, a name for one voice, and names for both. The
clock runs from the request until a search of its owner's finds the new word or the new name: for
others a session waits until those who are named in it have agreed.
"""

import argparse
import random
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from library.accounts import tokens
from library.editing import transcripts
from library.models import Role, Scope
from library.queue import WorkQueue
from library.settings import read_settings
from library.store import Library, open_library
from search import revising
from search.embed import open_embedder
from search.engine import Engine
from tests.builders import Account, Built, add_account, add_session
from web.site import create_app

WORDS = re.findall(
    r"\w+",
    "ask listen feedback morning kiln winter budget trust letter the a of to and in we they it "
    "was is had meeting before after nobody always question answer board plan cost talk people",
)
WORDS_IN_ALL, WORDS_OF_A_LINE = 9000, 25


def build(library: Library, owner: Account, embedder: Any) -> Built:
    """The session as the worker leaves it: voices without names, a second for each word."""
    chance = random.Random(6)  # noqa: S311
    count = WORDS_IN_ALL // WORDS_OF_A_LINE
    lines = [
        (f"Speaker {n // 3 % 2 + 1}", " ".join(chance.choices(WORDS, k=WORDS_OF_A_LINE)) + ".")
        for n in range(count)
    ]
    built = add_session(library, title="An hour", lines=lines, owner=owner, embedder=embedder)
    with library.transaction() as db:
        for segment in transcripts.segments_of(db, built.version_id):
            begin, step = segment.start or 0.0, 10.0 / WORDS_OF_A_LINE
            segment.words = [
                (f" {word}", begin + step * n, begin + step * (n + 1), 0.9)
                for n, word in enumerate(segment.text.split())
            ]
    with library.reading() as db:
        segments = transcripts.drafts_of(db, built.version_id)
    last = built.version_id
    revising.save(library, embedder, owner.viewer, built.source_id, segments, base_id=last)
    return built


def pieces_of(segments: Any, names: dict[str, str], word: str = "") -> list[dict[str, Any]]:
    """A correction: voices named anew, and *word* said in the middle."""
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
    """Measure, and print what was found."""
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
            ("a name for one voice", {"Speaker 1": "Wilma"}, "", {"Wilma", "Speaker 2"}),
            ("both voices anew", {"Wilma": "Xanthe", "Speaker 2": "Yvo"}, "", {"Xanthe", "Yvo"}),
        ):
            with library.reading() as db:
                version = transcripts.current_version(db, built.source_id)
                segments = transcripts.drafts_of(db, version.id) if version else []
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
