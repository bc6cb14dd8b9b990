"""OpenAPI document that is generated on first access."""

from threading import RLock

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint

from web.openapi import error_responses
from web.openapi.problem import ProblemSchema


class DescribedApi(Api):  # type: ignore[misc]
    """flask-smorest API with problem documents as errors and a lazily generated document.

    Generating the document takes longer than the rest of the start-up, and most processes never
    need it.
    """

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._describing = RLock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Register the routes of a blueprint. Its documentation is generated on first access."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    @property
    def spec(self) -> APISpec:
        """OpenAPI document of all registered blueprints."""
        with self._describing:
            if self._undescribed:
                blueprints, self._undescribed = self._undescribed, []
                for blp in blueprints:
                    blp.register_views_in_doc(
                        self, self._app, self._spec, name=blp.name, parameters=None
                    )
                    self._spec.tag({"name": blp.name, "description": blp.description})
                error_responses.describe(self._spec)
            return self._spec

    @spec.setter
    def spec(self, begun: APISpec) -> None:
        self._spec = begun
