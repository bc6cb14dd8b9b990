"""Tests of the API against its OpenAPI document, by schemathesis on a real server."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import status_code_conformance

from library.collections import collections
from library.models import Visibility
from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from tests.builders import Account, add_session
from tests.fakes import BagOfWordsEmbedder
from tests.web.shared_routes import made_app

CASES = int(os.environ.get("LIVING_HISTORY_API_CASES", "2"))  # per operation and kind of input
ENDS_ITSELF = "/api/v1/tokens/{token_id}"  # DELETE would revoke the token that the test uses


@pytest.fixture
def bare_app(library: Library, queue: WorkQueue, embedder: BagOfWordsEmbedder) -> Flask:
    """Site with the real search engine."""
    return made_app(library=library, engine=Engine(library, embedder), queue=queue)


@pytest.fixture
def filled(library: Library, admin: Account, mentor: Account) -> None:
    """Library with sessions and a collection, so that small ids in generated requests exist."""
    for number, visibility in enumerate(Visibility):
        built = add_session(library, title=f"Talk {number}", owner=mentor, visibility=visibility)
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="A collection")
        collections.set_sessions(db, admin.viewer, collection, [built.session_id])


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_described(
    address: str,
    admin: Account,
    filled: None,
    token_of: Callable[[Account], dict[str, str]],
    mode: GenerationMode,
) -> None:
    """No generated request gets a status 5xx or one that is not in the OpenAPI document."""
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    headers, codes, wrong = token_of(admin), [], set()

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.method.upper() == "DELETE" and operation.path == ENDS_ITSELF:
            continue

        @settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.headers = {**dict(case.headers or {}), **headers}
            answer = case.call()
            codes.append(answer.status_code)
            try:
                case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
            except (FailureGroup, AssertionError):
                wrong.add(f"{case.method} {case.path}: {answer.status_code} {answer.text[:200]}")

        with suppress(Unsatisfiable):  # without input, no request is invalid
            ask()

    assert "\n".join(sorted(wrong)) == ""
    assert len(codes) >= CASES
