"""The API's description, written when somebody first asks for it."""

from threading import RLock

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint

from web.views.api import refusals
from web.views.api.problem_schema import ProblemSchema


class DescribedApi(Api):  # type: ignore[misc]
    """The API with our own errors in its description.

    Describing its calls takes longer than to begin answering them, and most processes are never
    asked for it.
    """

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._describing = RLock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Answer the calls of a blueprint; they are described later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    @property
    def spec(self) -> APISpec:
        """The description of every call."""
        with self._describing:
            if self._undescribed:
                blueprints, self._undescribed = self._undescribed, []
                for blp in blueprints:
                    blp.register_views_in_doc(
                        self, self._app, self._spec, name=blp.name, parameters=None
                    )
                    self._spec.tag({"name": blp.name, "description": blp.description})
                refusals.describe(self._spec)
            return self._spec

    @spec.setter
    def spec(self, begun: APISpec) -> None:
        self._spec = begun
