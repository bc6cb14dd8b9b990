"""Answers to sixty questions that were written before anybody looked at the answers.

`python -m benchmarks.own_questions DATA OUT` loads the sample library and the conversations of
DATA/advice into one library, asks the questions of benchmarks/own_questions.jsonl, and writes to
OUT, in Markdown, what the page shows. A person judges each answer.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.advice import timed
from benchmarks.spoken_data import EVERYTHING, Corpus, read_records
from ingest.worker import Worker
from library.capture import sample_library
from library.queue import WorkQueue
from library.settings import read_settings
from library.store import Library, open_library
from search.embedding.embedder import open_embedder
from search.engine import Engine
from search.results.result_types import Findings, Quote

SESSIONS = 3  # sessions listed for each question


def main() -> None:
    """Ask all questions and write the answers."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", default="", help="name or folder of an encoder")
    arguments = parser.parse_args()
    settings = read_settings()
    if arguments.encoder:
        settings = dataclasses.replace(settings, embedding_model=arguments.encoder)
    models = settings.home / "models"
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(models)
        here = dataclasses.replace(settings, home=Path(folder))
        embedder = open_embedder(here)
        library = open_library(here)
        corpus = Corpus(library)
        for record in read_records(arguments.data / "advice", "sessions"):
            corpus.add({**record, "turns": list(timed(record["turns"]))}, embedder)
        _load_samples(library)
        engine = Engine(library, embedder)
        questions = read_records(Path(__file__).parent, "own_questions")
        texts = [
            "\n".join(_shown(asked, engine.explore(asked["question"], EVERYTHING, for_page=True)))
            for asked in questions
        ]
        library.close()
    arguments.out.write_text("\n\n".join(texts) + "\n", encoding="utf-8")


def _load_samples(library: Library) -> None:
    queue = WorkQueue(library.settings.home)
    for source_id in sample_library.load(library):
        queue.request(source_id)
    Worker(library).run_until_idle()


def _shown(asked: dict[str, str], findings: Findings) -> Iterator[str]:
    """Yield the lines of one question: what the page shows."""
    answer = findings.answer
    yield f"## {asked['id']} ({asked['asker']}, {asked['language']}): {asked['question']}\n"
    if not answer.found:
        yield "Nothing answers this well. The nearest:\n"
    elif not answer.said:
        yield "Only titles, topics or descriptions match.\n"
    if findings.shows_quotes:
        for quote in findings.quotes:
            yield from _quoted(quote)
    else:
        for session in findings.nearest:
            for hit in session.hits:
                words = "".join(fragment.text for fragment in hit.snippet)
                yield f"- nearest, {session.title}, {hit.speaker}: {words}"
    titles = ", ".join(session.title for session in answer.sessions[:SESSIONS])
    yield f"\nSessions: {titles}"


def _quoted(quote: Quote) -> Iterator[str]:
    if quote.asked:
        yield f"- {quote.asked_by} asked: {quote.asked}"
    yield f"- {quote.title}, {quote.speaker}: {quote.text}"


if __name__ == "__main__":
    main()
