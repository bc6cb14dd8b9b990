"""Sites that share one URL map, to make tests faster.

All sites have the same routes. Compiling them takes 0.3 s of processor time for each site.
"""

from typing import Any

from flask import Flask
from werkzeug.routing import Map, RuleFactory

from library.queue import WorkQueue
from library.store import Library
from web.app import create_app


class SharedMap(Map):
    """URL map that the first site fills. The routes of later sites are only compared with it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known: set[tuple[str, str, frozenset[str]]] = set()
        self.is_complete = False

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule of the first app. Accept the same rule of a later app.

        Raises:
            AssertionError: A later app has a rule of its own, which the other apps would get, too.
        """
        for rule in rulefactory.get_rules(self):
            key = (rule.rule, str(rule.endpoint), frozenset(rule.methods or ()))
            if key not in self.known:
                assert not self.is_complete, f"{rule.rule}: add routes to `own_app`"
                self.known.add(key)
                super().add(rule)


_MAPS: list[SharedMap] = []


def made_app(*, library: Library, engine: Any, queue: WorkQueue) -> Flask:
    """Return a site over the library, with the one URL map of this test process."""
    usual = Flask.url_map_class
    Flask.url_map_class = staticmethod(_the_map)  # type: ignore[assignment]
    try:
        made = create_app(library=library, engine=engine, queue=queue)
    finally:
        Flask.url_map_class = usual
    _MAPS[0].is_complete = True
    return made


def _the_map(**options: Any) -> SharedMap:
    if not _MAPS:
        _MAPS.append(SharedMap(**options))
    return _MAPS[0]
