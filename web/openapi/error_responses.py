"""Error responses of each operation in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from apispec import APISpec

ALWAYS = {401, 403, 429, 503}
BY_ID = {404, 405}  # 405: status for ids that are too large for the database
CHANGING = {400, 409, 413, 415, 507}
WITH_CONTENT = {422}
WITH_TAG = {412, 428}
CHANGES = {"post", "put", "patch", "delete"}
PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}


def describe(spec: APISpec) -> None:
    """Replace the default response of each operation in *spec* by its possible error statuses."""
    for path, item in spec.to_dict()["paths"].items():
        for method, call in item.items():
            if isinstance(call, dict) and "responses" in call:
                call["responses"].pop("default", None)
                for status in sorted(_refusals(path, method, call)):
                    known = call["responses"].get(str(status))
                    if known is None or "$ref" in known:
                        phrase = HTTPStatus(status).phrase
                        call["responses"][str(status)] = {"description": phrase, **PROBLEM}


def _refusals(path: str, method: str, call: dict[str, Any]) -> set[int]:
    found = set(ALWAYS)
    named = [given for given in call.get("parameters", []) if "name" in given]
    if "{" in path:
        found |= BY_ID
    if method in CHANGES:
        found |= CHANGING
    if named or "requestBody" in call:
        found |= WITH_CONTENT | {400, 404}
    if any(given["name"] == "If-Match" for given in named):
        found |= WITH_TAG
    return found
