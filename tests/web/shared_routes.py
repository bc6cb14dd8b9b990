"""Apps of tests that share one URL map.

All have the same routes, and compiling these takes 0.3 s of processor time for each app.
"""

from typing import Any

from flask import Flask
from werkzeug.routing import Map, RuleFactory

from library.queue import WorkQueue
from library.store import Library
from web.app import create_app


class SharedMap(Map):
    """URL map that is filled by the first app and only compared with the routes of later ones."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known: set[tuple[str, str, frozenset[str]]] = set()
        self.is_complete = False

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule of the first app; accept the same rule of a later app.

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
    """Return the site over a library, with the one URL map of this process."""
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
