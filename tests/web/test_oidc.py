"""Sign-in by OpenID Connect with a real, if small, provider: who gets in, and who does not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc.jwk import RSAKey

from library.accounts import people, second_factor, service
from library.errors import InvalidInputError
from library.models import Role
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import OPERATOR, Account, person_named
from tests.web.browsing import Browser
from tests.web.provider import CLIENT, SECRET, Provider, serving_provider
from tests.web.scanning import ScanningEngine
from web.site import create_app


@pytest.fixture(scope="module")
def serving() -> Iterator[Provider]:
    """One provider for all of these tests."""
    with serving_provider() as provider:
        yield provider


@pytest.fixture
def provider(serving: Provider, mentor: Account) -> Provider:
    """The provider, as honest as ever, which has recognised Ada."""
    serving.claims = {"email": mentor.email.upper(), "email_verified": True, "name": "Ada"}
    serving.signs_with, serving.calls_itself = serving.key, ""
    return serving


@pytest.fixture
def site(app: Flask, settings: Settings, queue: WorkQueue, provider: Provider) -> Iterator[Flask]:
    """The library, which trusts that provider."""
    trusting = replace(
        settings,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="the guild",
    )
    opened = open_library(trusting)
    yield create_app(library=opened, engine=ScanningEngine(opened), queue=queue)
    opened.close()


@pytest.fixture
def visit(site: Flask) -> Callable[..., tuple[Browser, str]]:
    """Somebody goes to the provider and comes back; the browser, and where it was led."""

    def there_and_back(next_page: str = "") -> tuple[Browser, str]:
        guest = Browser(site)
        away = guest.get("/sign-in/elsewhere", query_string={"next": next_page}).location
        back = requests.get(away, allow_redirects=False, timeout=120).headers["Location"]
        return guest, guest.get(urlsplit(back).path + "?" + urlsplit(back).query).location

    return there_and_back


def test_the_sign_in_page_shows_the_way(site: Flask, provider: Provider) -> None:
    """The button leads to the provider with state, nonce and a PKCE challenge."""
    guest = Browser(site)
    page = guest.get("/sign-in?next=/mine").text

    asked = parse_qs(urlsplit(guest.get("/sign-in/elsewhere").location).query)

    assert "Sign in with the guild" in page
    assert "/sign-in/elsewhere?next=/mine" in page
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/back"]


def test_a_verified_address_opens_its_account(visit: Callable[..., tuple[Browser, str]]) -> None:
    """Ada is signed in, in any capitals, and gets where she was going."""
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
        {"email": "\uff41da.mentor@example.org"},  # a wide letter: another mailbox than Ada's
    ],
)
def test_what_cannot_be_trusted_signs_nobody_in(
    visit: Callable[..., tuple[Browser, str]], provider: Provider, lie: dict[str, object]
) -> None:
    """Each claim that is wrong, and each address without an account, leads back to the sign-in."""
    provider.claims |= lie

    guest, place = visit()

    assert place == "/sign-in"
    assert guest.get("/account").status_code == 302


def test_a_signature_by_another_key_is_refused(
    visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """Only the provider's published key counts."""
    provider.signs_with = RSAKey.generate_key(2048, parameters={"kid": "one"})

    _, place = visit()

    assert place == "/sign-in"


def test_a_provider_by_another_name_is_not_asked(site: Flask, provider: Provider) -> None:
    """What calls itself otherwise than in the settings is not the provider."""
    provider.calls_itself = "https://evil.example"

    assert Browser(site).get("/sign-in/elsewhere").location == "/sign-in"


def test_an_answer_that_nobody_asked_for_is_refused(
    site: Flask, visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """A link with somebody else's answer signs nobody in: the state is in the asker's cookie."""
    attacker, victim = Browser(site), Browser(site)
    away = attacker.get("/sign-in/elsewhere").location
    back = requests.get(away, allow_redirects=False, timeout=120).headers["Location"]

    answer = victim.get(urlsplit(back).path + "?" + urlsplit(back).query)

    assert answer.location == "/sign-in"
    assert victim.get("/account").status_code == 302


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_site(visit: Callable[..., tuple[Browser, str]], target: str) -> None:
    """A `next` that names another host is not followed."""
    _, place = visit(target)

    assert place == "/"


def test_a_domain_that_may_join_joins(
    library: Library, visit: Callable[..., tuple[Browser, str]], provider: Provider
) -> None:
    """Whoever has no account yet gets one as a mentee, and as no voice that was heard."""
    with library.transaction() as db:
        wanted = replace(service.service(db), join_domains="guild.example.org")
        service.change(db, OPERATOR, wanted)
        voice = person_named(db, "Zoe Lang").id
    provider.claims |= {"email": "zoe@guild.example.org", "name": "Zoe Lang"}

    guest, _ = visit()

    assert guest.get("/account").status_code == 200
    with library.reading() as db:
        zoe = people.by_email(db, "zoe@guild.example.org")
        assert zoe is not None
        assert zoe.id != voice
        assert zoe.role is Role.MENTEE


def test_closed_accounts_stay_outside_and_a_second_step_is_asked_for(
    library: Library, mentor: Account, visit: Callable[..., tuple[Browser, str]]
) -> None:
    """The provider's word does not pass by what was decided here."""
    with library.transaction() as db:
        second_factor.keep(db, mentor.viewer, "sealed", 1)
    guest, stepped = visit()
    between = guest.get("/account").status_code
    with library.transaction() as db:
        people.get(db, mentor.id).active = False
    _, closed = visit()

    assert (stepped, between, closed) == ("/sign-in/code", 302, "/sign-in")


def test_without_a_provider_there_is_no_such_page(app: Flask) -> None:
    """By default nobody signs in elsewhere."""
    guest = Browser(app)

    assert guest.get("/sign-in/elsewhere").status_code == 404
    assert guest.get("/sign-in/back").status_code == 404
    assert "/sign-in/elsewhere" not in guest.get("/sign-in").text


def test_the_way_to_a_provider_has_to_be_protected(
    settings: Settings, library: Library, queue: WorkQueue
) -> None:
    """A provider without https is refused at the start, by name."""
    opened = open_library(replace(settings, oidc_issuer="http://id.example.org"))

    with pytest.raises(InvalidInputError, match="LIVING_HISTORY_OIDC_ISSUER must begin with https"):
        create_app(library=opened, engine=ScanningEngine(opened), queue=queue)

    opened.close()
