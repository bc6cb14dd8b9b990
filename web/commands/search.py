"""Command `living-history search`."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from library.translation import ngettext
from search.results.result_types import Answer, Hit
from web.commands.engine import engine_for
from web.commands.open_library import OPERATOR, library_for
from web.rendering.times import clock


@click.command()
@click.argument("question")
@click.option(
    "--limit",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Maximum number of sessions.",
)
@click.pass_obj
def search(home: Path | None, question: str, limit: int) -> None:
    """Search the library for answers to a QUESTION."""
    library = library_for(home)
    answer = engine_for(library).search(question, OPERATOR, limit=limit)
    _print(answer, Console())


def _print(answer: Answer, console: Console) -> None:
    if not answer.found:
        console.print("Nothing in the library answers this.")
        if answer.sessions:
            console.print("Closest passages:", style="dim")
    for session in answer.sessions:
        day = f", {session.held_on:%d %B %Y}" if session.held_on else ""
        console.print(Text(f"\n{session.title}{day}", style="bold"))
        for hit in session.hits:
            console.print(_line(hit))
    console.print(
        "\n"
        + ngettext(
            "%(searchable)s of %(num)s session searched by %(engines)s in %(seconds)s s.",
            "%(searchable)s of %(num)s sessions searched by %(engines)s in %(seconds)s s.",
            answer.total,
            searchable=answer.searchable,
            engines=" and ".join(answer.engines) or "nothing",
            seconds=f"{answer.seconds:.2f}",
        ),
        style="dim",
    )


def _line(hit: Hit) -> Text:
    place = clock(hit.start) if hit.start is not None else f"paragraph {hit.segment + 1}"
    line = Text(f"  {place:>9}  ", style="cyan")
    line.append(f"{hit.speaker}: " if hit.speaker else "", style="italic")
    for fragment in hit.snippet:
        line.append(fragment.text, style="bold yellow" if fragment.marked else "")
    return line.append(f"\n             /sessions/{hit.session_id}", style="dim")
