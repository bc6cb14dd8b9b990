"""HTML page that lists the endpoints of the API."""

from typing import Any

from flask import Blueprint, current_app, render_template

bp = Blueprint("api_pages", __name__)


@bp.get("/api/v1")
def page() -> str:
    """Show all endpoints with their parameters."""
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
    return render_template("openapi/docs.html", calls=calls, about=spec["info"]["description"])


def shared(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters that all methods of one path share."""
    return list(item.get("parameters", []))
