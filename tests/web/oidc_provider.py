"""Small OpenID Connect provider that signs with a real key. Tests can make it misbehave."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.web.in_thread import in_thread

CLIENT, SECRET = "the-library", "told once"


class Provider:
    """OpenID provider that knows one person. Tests replace its claims through `claims`."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.signs_with: Any = self.key
        self.claims: dict[str, Any] = {}
        self.issuer = ""
        self.calls_itself = ""
        self._asked: dict[str, dict[str, str]] = {}
        self.app = Flask("provider")
        self.app.add_url_rule("/.well-known/openid-configuration", "about", self._about)
        self.app.add_url_rule("/keys", "keys", self._keys)
        self.app.add_url_rule("/authorize", "authorize", self._authorize)
        self.app.add_url_rule("/token", "token", self._token, methods=["POST"])

    def _about(self) -> Any:
        here = self.issuer
        return jsonify(
            issuer=self.calls_itself or here,
            authorization_endpoint=f"{here}/authorize",
            token_endpoint=f"{here}/token",
            jwks_uri=f"{here}/keys",
            response_types_supported=["code"],
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
        )

    def _keys(self) -> Any:
        return jsonify(keys=[self.key.as_dict(private=False)])

    def _authorize(self) -> Any:
        code = f"code-{len(self._asked)}"
        self._asked[code] = request.args.to_dict()
        parameters = {"code": code, "state": request.args["state"]}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(parameters)}")

    def _token(self) -> Any:
        authorization = self._asked.pop(request.form["code"])
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        sender = request.authorization
        assert authorization["code_challenge_method"] == "S256"
        assert authorization["code_challenge"] == proof
        assert sender is not None
        assert (sender.username, sender.password) == (CLIENT, SECRET)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": authorization["nonce"],
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)
        return jsonify(access_token="x", token_type="Bearer", expires_in=300, id_token=signed)


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """Serve an OpenID provider at its own address."""
    provider = Provider()
    with in_thread(provider.app) as provider.issuer:
        yield provider
