"""Tests of sign-in by OpenID Connect with a small provider on a real server.

Covers: sso.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc.jwk import RSAKey

from library.accounts import people, service_settings, two_factor
from library.errors import InvalidInputError
from library.models import Role
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import OPERATOR, Account, person_named
from tests.web.client import Browser
from tests.web.oidc_provider import CLIENT, SECRET, Provider, serving_provider
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine


@pytest.fixture(scope="module")
def serving() -> Iterator[Provider]:
    """OpenID provider on a real server, for all tests of the module."""
    with serving_provider() as provider:
        yield provider


@pytest.fixture
def provider(serving: Provider, mentor: Account) -> Provider:
    """OpenID provider whose claims are valid and are about the mentor Ada."""
    serving.claims = {"email": mentor.email.upper(), "email_verified": True, "name": "Ada"}
    serving.signs_with, serving.calls_itself = serving.key, ""
    return serving


@pytest.fixture
def site(app: Flask, settings: Settings, queue: WorkQueue, provider: Provider) -> Iterator[Flask]:
    """Site whose settings name the OpenID provider."""
    trusting = replace(
        settings,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="the guild",
    )
    opened = open_library(trusting)
    yield made_app(library=opened, engine=ScanningEngine(opened), queue=queue)
    opened.close()


@pytest.fixture
def visit(site: Flask) -> Callable[..., tuple[Browser, str]]:
    """Function that signs in at the provider.

    Returns the browser and the address to which the site redirects it.
    """

    def there_and_back(next_page: str = "") -> tuple[Browser, str]:
        guest = Browser(site)
        provider_address = guest.get(
            "/sign-in/elsewhere", query_string={"next": next_page}
        ).location
        return_address = requests.get(provider_address, allow_redirects=False, timeout=120).headers[
            "Location"
        ]
        return guest, guest.get(
            urlsplit(return_address).path + "?" + urlsplit(return_address).query
        ).location

    return there_and_back


def test_the_sign_in_page_leads_to_the_provider(site: Flask, provider: Provider) -> None:
    """The sign-in button leads to the provider with state, nonce and a PKCE challenge."""
    guest = Browser(site)
    page = guest.get("/sign-in?next=/mine").text

    parameters = parse_qs(urlsplit(guest.get("/sign-in/elsewhere").location).query)

    assert "Sign in with the guild" in page
    assert "/sign-in/elsewhere?next=/mine" in page
    assert parameters["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(parameters)
    assert parameters["redirect_uri"] == ["http://localhost/sign-in/back"]


def test_a_verified_address_signs_in(visit: Callable[..., tuple[Browser, str]]) -> None:
    """A verified e-mail address in any letter case signs in and leads to the requested page."""
    guest, place = visit("/mine?x=1")

    assert place == "/mine?x=1"
    assert "Ada Mentor" in guest.get("/account").text


@pytest.mark.parametrize(
    "lie",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email": None},
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"email": "nobody@example.org"},
        {"email": "a@b.org\r\nX: 1"},
        {"email": "\uff41da.mentor@example.org"},  # a full-width letter: not Ada's mailbox
    ],
)
def test_an_invalid_claim_does_not_sign_in(
    visit: Callable[..., tuple[Browser, str]], provider: Provider, lie: dict[str, object]
) -> None:
    """An invalid claim, or an e-mail address without account, leads back to the sign-in page."""
    provider.claims |= lie

    guest, place = visit()

    assert place == "/sign-in"
    assert guest.get("/account").status_code == 302


def test_a_signature_by_another_key_is_refused(
    visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """A token signed by a key that the provider did not publish does not sign in."""
    provider.signs_with = RSAKey.generate_key(2048, parameters={"kid": "one"})

    _, place = visit()

    assert place == "/sign-in"


def test_a_provider_with_another_issuer_is_not_used(site: Flask, provider: Provider) -> None:
    """The site does not redirect to a provider whose issuer differs from the settings."""
    provider.calls_itself = "https://evil.example"

    assert Browser(site).get("/sign-in/elsewhere").location == "/sign-in"


def test_an_answer_to_another_browser_is_refused(
    site: Flask, visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """The provider's answer signs in only the browser that began the sign-in.

    Only that browser has the state in a cookie.
    """
    attacker, victim = Browser(site), Browser(site)
    provider_address = attacker.get("/sign-in/elsewhere").location
    return_address = requests.get(provider_address, allow_redirects=False, timeout=120).headers[
        "Location"
    ]

    answer = victim.get(urlsplit(return_address).path + "?" + urlsplit(return_address).query)

    assert answer.location == "/sign-in"
    assert victim.get("/account").status_code == 302


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_does_not_lead_to_another_site(
    visit: Callable[..., tuple[Browser, str]], target: str
) -> None:
    """A `next` parameter with a foreign host leads to the home page."""
    _, place = visit(target)

    assert place == "/"


def test_an_address_of_an_allowed_domain_joins(
    library: Library, visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """A new e-mail address of an allowed domain gets a new mentee account.

    The account is not that of a known speaker of the same name.
    """
    with library.transaction() as db:
        changed_settings = replace(service_settings.service(db), join_domains="guild.example.org")
        service_settings.change(db, OPERATOR, changed_settings)
        speaker_id = person_named(db, "Zoe Lang").id
    provider.claims |= {"email": "zoe@guild.example.org", "name": "Zoe Lang"}

    guest, _ = visit()

    assert guest.get("/account").status_code == 200
    with library.reading() as db:
        zoe = people.by_email(db, "zoe@guild.example.org")
        assert zoe is not None
        assert zoe.id != speaker_id
        assert zoe.role is Role.MENTEE


def test_closed_accounts_and_second_steps_hold(
    library: Library, mentor: Account, visit: Callable[..., tuple[Browser, str]]
) -> None:
    """With the provider, sign-in still needs the second step, and a closed account is refused."""
    with library.transaction() as db:
        two_factor.enable(db, mentor.viewer, "sealed", 1)
    guest, stepped = visit()
    between = guest.get("/account").status_code
    with library.transaction() as db:
        people.get(db, mentor.id).active = False
    _, closed = visit()

    assert (stepped, between, closed) == ("/sign-in/code", 302, "/sign-in")


def test_without_a_provider_its_pages_are_not_found(app: Flask) -> None:
    """Without a provider, the pages for it answer 404, and the sign-in page has no link to them."""
    guest = Browser(app)

    assert guest.get("/sign-in/elsewhere").status_code == 404
    assert guest.get("/sign-in/back").status_code == 404
    assert "/sign-in/elsewhere" not in guest.get("/sign-in").text


def test_a_provider_needs_https(settings: Settings, library: Library, queue: WorkQueue) -> None:
    """With a provider without https, the site does not start. The error names the setting."""
    opened = open_library(replace(settings, oidc_issuer="http://id.example.org"))

    with pytest.raises(InvalidInputError, match="LIVING_HISTORY_OIDC_ISSUER must begin with https"):
        made_app(library=opened, engine=ScanningEngine(opened), queue=queue)

    opened.close()
