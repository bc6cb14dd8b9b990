"""The index on disk against the library that it was made from."""

import json
from collections.abc import Iterator

import numpy as np

from library.keeping import looking
from library.store import Library
from search.kept import Shelf


def index_on_disk(library: Library) -> Iterator[str]:
    """What of the index on disk is damaged, or holds passages that the library never had.

    Nothing is lost with an index: it is made anew where it cannot be trusted.
    """
    for manifest in sorted((library.settings.home / "index").glob("*/manifest.json")):
        name = manifest.parent.name
        try:
            model = json.loads(manifest.read_text("utf-8"))["model"]
        except (OSError, ValueError, KeyError, TypeError):
            model = name
        found = Shelf(library.settings, model).load()
        if found is None:
            yield f"The index of {name} is damaged. It is made anew when the site starts."
            continue
        ids = np.concatenate([part.ids for part in found.parts])
        with library.reading() as db:
            strange = np.setdiff1d(ids, looking.passage_ids(db))
        if len(strange):
            yield f"The index of {name} holds {len(strange)} passages that were never here."
