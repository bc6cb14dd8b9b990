"""The API's description as a page to read."""

from typing import Any

from flask import Blueprint, current_app, render_template

bp = Blueprint("api_pages", __name__)


@bp.get("/api/v1")
def page() -> str:
    """What programs can ask for."""
    spec: dict[str, Any] = current_app.extensions["api"].spec.to_dict()
    calls = [
        {
            "method": method.upper(),
            "path": path,
            "about": call.get("summary", ""),
            "parameters": [
                given for given in [*shared(item), *call.get("parameters", [])] if "name" in given
            ],
        }
        for path, item in spec["paths"].items()
        for method, call in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    return render_template("api/page.html", calls=calls, about=spec["info"]["description"])


def shared(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters that all calls of one address have."""
    return list(item.get("parameters", []))
