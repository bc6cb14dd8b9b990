"""Tests that all resources of the API are registered."""

from web.api import MODULES


def test_each_resource_answers_below_its_version(app):
    """All routes of the API begin with /api/v1."""
    names = {module.bp.name for module in MODULES}

    routes = [r for r in app.url_map.iter_rules() if r.endpoint.partition(".")[0] in names]
    assert {r.endpoint.partition(".")[0] for r in routes} == names
    assert all(r.rule.startswith("/api/v1/") for r in routes)


def test_the_description_says_how_to_sign_in(browse):
    """The OpenAPI document describes access with a token and as a guest."""
    document = browse().get("/api/v1/openapi.json").json

    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{"token": []}, {}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
