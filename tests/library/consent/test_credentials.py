"""Tests of credentials: an administrator lists and revokes them."""

import pytest

from library.accounts import passkeys, people, tokens
from library.accounts.names import add_person
from library.accounts.passkeys import NewKey
from library.consent import credentials, release, release_links
from library.consent.credentials import CredentialKind
from library.errors import NotAllowedError, NotFoundError
from library.models import ParticipantRole, Visibility
from library.sessions import sessions
from tests.builders import add_session, begin_sign_in


def test_each_kind_is_listed_without_its_secret_and_ends(library, admin, mentor):
    """An administrator sees credentials of all kinds, without secrets, and can revoke each."""
    with library.transaction() as db:
        ruth = add_person(db, "Ruth Without").id
    parts = [(mentor.id, ParticipantRole.MENTOR), (ruth, ParticipantRole.MENTEE)]
    built = add_session(
        library, owner=mentor, participants=parts, visibility=Visibility.MEMBERS, released=False
    )
    with library.transaction() as db:
        secrets = [
            people.invite(db, people.get(db, mentor.id)),
            tokens.add(db, mentor.id, "a program")[1],
            begin_sign_in(db, mentor.id),
        ]
        passkeys.add(
            db, mentor.viewer, NewKey(credential_id="k", public_key=b"k", sign_count=0), "Phone"
        )
        session = sessions.get(db, built.session_id)
        release.choose(db, mentor.viewer, session)
        secrets.append(release_links.make(db, mentor.viewer, session, ruth))

        found = credentials.listed(db, admin.viewer)
        assert {credential.kind for credential in found} == set(CredentialKind)
        assert not any(secret in repr(found) for secret in secrets)
        for credential in found:
            credentials.revoke(db, admin.viewer, credential.kind, credential.id)
        assert credentials.listed(db, admin.viewer) == []
        with pytest.raises(NotFoundError):
            credentials.revoke(db, admin.viewer, CredentialKind.TOKEN, 1)


def test_only_administrators_list_and_revoke(library, mentor):
    """A mentor can neither list nor revoke credentials."""
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            credentials.listed(db, mentor.viewer)
        with pytest.raises(NotAllowedError):
            credentials.revoke(db, mentor.viewer, CredentialKind.TOKEN, 1)
