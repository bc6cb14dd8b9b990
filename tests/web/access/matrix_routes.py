"""Table of the expected access to every route, used by `test_matrix`.

A new route needs an entry with its endpoint, its gate and the content of a valid request.
Arguments of the address are filled in by name. `session_id`, `source_id`, `passage_id`,
`person_id` and `proposal_id` come from a test session in each state. `collection_id` is a
collection with a viewer, a contributor and a curator. `upload_id`, `search_id`, `mark_id`,
`token_id`, `passkey_id` and `sign_in_id` belong to the owner of the test sessions. An argument with
any other name needs a value in `args`.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Gate(enum.Enum):
    """Group of users that a route admits."""

    OPEN = "everyone, guests too; the content depends on the viewer"
    MEMBER = "members"
    HOLDER = "members who signed in with a browser; a token is refused"
    NOBODY = "only a person who has just given a password: no requester of the tests"
    GIVER = "members who may add sessions"
    ADMIN = "administrators"
    SEE = "people who may see the session; others get 404"
    EDIT = "the session's owner and administrators; people who may not see the session get 404"
    SEND = "members who may see the session; others get 404"
    ANSWER = "speakers of the session; an administrator may not act for them"
    PROPOSE = "speakers of the session except its owner; an administrator may not act for them"
    SPEAK = "speakers of the session; people who may not see the session get 404"
    REVIEW = "the session's owner, curators of its collections and administrators"
    HOLD = "administrators; people who may not see the session get 404"
    CURATE = "the collection's curators and administrators"
    OWN = "the owner of the thing; others get 404"
    TRASH = "the session's owner and administrators, if the session is in the trash"
    SECRET = "everyone who knows the secret in the address"


@dataclass(frozen=True)
class Route:
    """Expected access to a route, and a valid request."""

    gate: Gate
    query: str = ""  # query string; {word} stands for a search word
    form: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)  # arguments of the address
    may_miss: bool = False  # admitted users may get 404, for example without a draft
    only_refused: bool = False  # too costly to admit: sent only by users who are refused
    costly: bool = False  # starts a process: tested with few sessions only
    by_token: bool = True  # whether an API token has the rights of its owner


def _all(gate: Gate, *endpoints: str, **more: Any) -> dict[str, Route]:
    """Return a dictionary that gives each of *endpoints* the same expected access."""
    return {endpoint: Route(gate, **more) for endpoint in endpoints}


MATCH = {"If-Match": "*"}
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
MOMENT = "from=0&to=5"
GERMAN = [{"field": "language", "value": "de"}]
SCRIPT = {"title": "Exit interview", "prompts": ["What will you miss?"]}
ABSENT = 999_983  # an id that does not exist

EXPECTED: dict[str, Route] = {
    # Open to guests: the content depends on the viewer
    **_all(
        Gate.OPEN,
        "sessions.index",
        "collections.index",
        "topics.index",
        "api_topics.index",
        "api_collections.index",
        "healthz.page",
        "feeds.description",
        "robots.rules",
        "robots.sitemap",
        "security.login",
        "security.logout",
        "lost_password.page",
        "lost_password.ask",
        "api_pages.page",
        "api-docs.openapi_json",
        "api_sessions.index",
        "api_jobs.index",
    ),
    **_all(
        Gate.OPEN,
        "ask.page",
        "feeds.page",
        "suggestions.page",
        "api_search.search",
        "api_search.answer",
        "api_search.suggest",
        query="q={word}",
        may_miss=True,  # no language model is configured
    ),
    "oai.provide": Route(Gate.OPEN, query="verb=ListRecords&metadataPrefix=oai_dc"),
    "static": Route(Gate.OPEN, args={"filename": "site.css"}),
    **_all(Gate.OPEN, "join.page", "join.ask", "elsewhere.back", "elsewhere.leave", may_miss=True),
    **_all(Gate.NOBODY, "second_steps.form", "second_steps.enter", "passkeys.sign_in"),
    "passkeys.challenge": Route(Gate.OPEN),
    "collections.page": Route(Gate.OPEN),
    "showcase.cover": Route(Gate.OPEN, may_miss=True),
    "topics.vocabulary": Route(Gate.OPEN, args={"form": "ttl"}),
    **_all(
        Gate.OPEN,
        "topics.page",
        "api_topics.one",
        args={"topic_id": ABSENT},
        may_miss=True,
    ),
    "topics.decide": Route(Gate.REVIEW, form={"name": "Nothing of the kind"}),
    "api_topics.about": Route(Gate.SEE),
    "api_collections.one": Route(Gate.OPEN),
    "api_collections.describe": Route(Gate.CURATE, json={"description": ""}, headers=MATCH),
    "api_collections.fill": Route(Gate.CURATE, json={"sessions": []}, headers=MATCH),
    "api_collections.pick": Route(Gate.CURATE, json={"passage_id": ABSENT}, may_miss=True),
    "api_collections.unpick": Route(
        Gate.CURATE, args={"pick_id": ABSENT}, headers=MATCH, may_miss=True
    ),
    "api_covers.put": Route(Gate.CURATE, form={"words": ""}, headers=MATCH, may_miss=True),
    "api_covers.remove": Route(Gate.CURATE, headers=MATCH, may_miss=True),
    "api_collections.make": Route(Gate.ADMIN, json={"title": "Made by a program"}),
    "api_collections.remove": Route(Gate.ADMIN, headers=MATCH, only_refused=True),
    "api_topics.put": Route(Gate.REVIEW, json={"topics": []}, headers=MATCH),
    # For members
    **_all(
        Gate.MEMBER,
        "jobs.index",
        "mine.page",
        "trash.page",
        "searches.page",
        "searches.save",
        "searches.forget",
        "searches.count",
        "marks.page",
        "marks.as_csv",
        "api_marks.index",
        "searches.wish",
        "overview.gaps",
        "api_overview.gaps",
        "profile.page",
        "profile.save",
        "overview.page",
        "api_overview.grown",
        "api_overview.sizes",
        "api_overview.at_risk",
        "api_overview.landscape",
    ),
    "overview.landscape": Route(Gate.MEMBER, args={"way": "0"}, may_miss=True),
    **_all(
        Gate.HOLDER,
        "account.page",
        "account.tokens",
        "account.make_token",
        "account.sign_out_everywhere",
        "account.sign_ins",
        "leaving.ask",
        "leaving.leave",
        "own_data.page",
        "own_data.ask",
        "second_steps.page",
        "second_steps.begin",
        "second_steps.confirm",
        "second_steps.renew",
        "second_steps.end",
        "passkeys.page",
        "passkeys.begin",
        "passkeys.add",
        "security.change_password",
        "security.verify",
    ),
    "own_data.file": Route(Gate.HOLDER),  # every account has a data copy
    **_all(Gate.OWN, "account.revoke_token", "account.end_sign_in", by_token=False),
    **_all(Gate.OWN, "passkeys.one", "passkeys.rename", "passkeys.remove", by_token=False),
    "searches.remove": Route(Gate.OWN),
    "marks.put": Route(Gate.MEMBER, form={"passage": str(ABSENT), "do": "saved"}, may_miss=True),
    "marks.change": Route(Gate.OWN, form={"note": "Seen"}),
    "api_marks.put": Route(Gate.MEMBER, json={"passage_id": ABSENT}, may_miss=True),
    **_all(Gate.OWN, "api_marks.one", "api_marks.remove", headers=MATCH),
    "api_marks.change": Route(Gate.OWN, json={"note": "Seen"}, headers=MATCH),
    **_all(
        Gate.GIVER,
        "add.page",
        "add.create",
        "record.page",
        "api_sessions.add",
        "api_scripts.index",
    ),
    "api_scripts.one": Route(Gate.GIVER, args={"script_id": ABSENT}, may_miss=True),
    "uploads.create": Route(Gate.GIVER, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "9"}),
    "uploads.describe": Route(Gate.OPEN),
    "uploads.overridden": Route(
        Gate.OWN, headers={**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    ),
    **_all(Gate.OWN, "uploads.append", headers={**TUS, "Upload-Offset": "0"}),
    **_all(Gate.OWN, "uploads.stand", headers=TUS),
    "uploads.abandon": Route(Gate.OWN, headers=TUS, only_refused=True),
    **_all(Gate.OWN, "record.note", "record.finish", may_miss=True),
    "record.discard": Route(Gate.OWN, only_refused=True),
    # Routes of one session
    **_all(
        Gate.SEE,
        "sessions.page",
        "sessions.captions_of",
        "sessions.words_of",
        "jobs.page",
        "jobs.status",
        "clips.page",
        "passages.page",
        "passages.related",
        "media.page",
        "described.dublin_core",
        "iiif.canvas",
        "iiif.manifest",
        "api_sessions.one",
        "api_sessions.transcript",
        "api_sessions.transcript_vtt",
        "api_transcripts.get",
        "api_jobs.one",
        "api_search.related",
        "people.page",
    ),
    "media.peaks": Route(Gate.SEE, may_miss=True),
    "versions.compare": Route(Gate.EDIT, args={"number": 1}, may_miss=True),
    "iiif.search": Route(Gate.SEE, query="q=feedback"),
    "exports.page": Route(Gate.SEE, args={"ending": "txt"}),
    "api_exports.one": Route(Gate.SEE, args={"ending": "vtt"}),
    "clips.ask": Route(Gate.SEE, query=MOMENT),
    **_all(Gate.SEE, "clips.state", "clips.sound", query=MOMENT, may_miss=True),
    **_all(Gate.SPEAK, "releases.page", "releases.act", may_miss=True),
    "proposals.page": Route(Gate.ANSWER, may_miss=True),
    "proposals.propose": Route(Gate.PROPOSE, may_miss=True),
    "notes.page": Route(Gate.ANSWER, may_miss=True),
    "notes.add": Route(Gate.ANSWER, may_miss=True),
    "api_notes.add": Route(Gate.ANSWER, json={"text": "A note."}, may_miss=True),
    "proposals.act": Route(Gate.PROPOSE, form={"do": "take-back"}, may_miss=True),
    **_all(Gate.SECRET, "release_link.leave_out", "release_link.propose", may_miss=True),
    "release_link.take_back": Route(Gate.SECRET, may_miss=True),
    **_all(
        Gate.EDIT,
        "versions.page",
        "mine.edit",
        "mine.save",
        "mine.set_visibility",
        "mine.add_transcript",
        "speakers.page",
        "mine.ask_remove",
        "mine.remove",
        "correct.page",
        "correct.change",
        "correct.keep",
        "off_record.page",
        "off_record.confirm",
        "off_record.take_off",
        "jobs.cancel",
        "jobs.retry",
        "versions.listen",
        "api_jobs.cancel",
        "api_jobs.retry",
    ),
    "api_jobs.listen": Route(Gate.EDIT, json={}),
    "bags.session": Route(Gate.EDIT, costly=True),
    "versions.go_back": Route(Gate.EDIT, args={"number": 1}),
    "api_sessions.change": Route(Gate.EDIT, json={"title": "Other"}, headers=MATCH),
    "api_sessions.remove": Route(Gate.EDIT, headers=MATCH),
    # the tested sessions have one source, which is removed with the session
    **_all(Gate.EDIT, "taking_back.ask", "taking_back.remove", "api_receipts.take_back"),
    "api_transcripts.put": Route(Gate.EDIT, json={"pieces": []}, headers=MATCH),
    "api_redactions.take_off": Route(
        Gate.EDIT, json={"source_id": 1, "start": 0, "end": 1, "only_show": True}, may_miss=True
    ),
    **_all(Gate.MEMBER, "many.page", "many.look", "many.change", "many.changes"),
    **_all(Gate.OWN, "many.one", "many.undo", args={"edit_id": ABSENT}, may_miss=True),
    **_all(Gate.MEMBER, "api_many.index", "api_searches.index"),
    "api_many.preview": Route(Gate.MEMBER, json={"where": {}, "wishes": GERMAN}),
    "api_many.change": Route(
        Gate.MEMBER, json={"where": {}, "wishes": GERMAN, "mark": "of an earlier look"}
    ),
    **_all(Gate.OWN, "api_many.one", "api_many.undo", args={"edit_id": ABSENT}, may_miss=True),
    **_all(Gate.CURATE, "pins.page", "pins.new", "api_pins.index"),
    "pins.save": Route(
        Gate.CURATE, form={"questions": "How is it done?", "passages": "1"}, may_miss=True
    ),
    **_all(Gate.CURATE, "pins.one", "pins.change", args={"pin_id": ABSENT}, may_miss=True),
    **_all(
        Gate.CURATE,
        "api_pins.add",
        "api_pins.change",
        json={"questions": ["How is it done?"], "passages": [1]},
        headers=MATCH,
        args={"pin_id": ABSENT},
        may_miss=True,
    ),
    **_all(
        Gate.CURATE,
        "api_pins.one",
        "api_pins.remove",
        headers=MATCH,
        args={"pin_id": ABSENT},
        may_miss=True,
    ),
    "api_searches.add": Route(Gate.MEMBER, json={"question": "How is it done?"}),
    **_all(Gate.OWN, "api_searches.one", "api_searches.remove", headers=MATCH),
    "api_searches.change": Route(Gate.OWN, json={"rhythm": "daily"}, headers=MATCH),
    "alerts.choose": Route(Gate.OWN, form={"rhythm": "weekly"}),
    **_all(Gate.OPEN, "alerts.page", "alerts.stop", args={"token": "no-such"}, may_miss=True),
    **_all(Gate.HOLDER, "voice.page", "voice.agree", "voice.forget"),
    **_all(Gate.EDIT, "chapters.page", "chapters.save", may_miss=True),
    **_all(Gate.SEE, "api_moments.chapters_of", "api_moments.citation"),
    "api_moments.change_chapters": Route(
        Gate.EDIT, json={"chapters": []}, headers=MATCH, may_miss=True
    ),
    "api_moments.ask_clip": Route(Gate.SEND, json={"start": 0, "end": 5}),
    "api_moments.clip": Route(Gate.SEE, query="start=0&end=5", may_miss=True),
    "api_releases.one": Route(Gate.SPEAK),
    "api_proposals.index": Route(Gate.SPEAK),
    "api_proposals.propose": Route(
        Gate.PROPOSE,
        json={"leave_out": [{"source_id": ABSENT, "start": 0, "end": 1}]},
        may_miss=True,
    ),
    "api_proposals.act": Route(Gate.PROPOSE, json={"act": "take-back"}, may_miss=True),
    "api_releases.answer": Route(
        Gate.ANSWER, json={"answer": "agree"}, headers=MATCH, may_miss=True
    ),
    "speakers.act": Route(Gate.EDIT, form={"do": "confirm"}, may_miss=True),
    "api_speakers.index": Route(Gate.EDIT),
    "api_speakers.say": Route(
        Gate.EDIT,
        json={"speakers": [{"source_id": 1, "label": "Speaker 2", "excuse": "no-person"}]},
        headers=MATCH,
        may_miss=True,
    ),
    "speakers.index": Route(Gate.MEMBER),
    "speakers.together": Route(
        Gate.MEMBER, form={"do": "confirm", "session": "999983"}, may_miss=True
    ),
    "api_releases.make_link": Route(Gate.EDIT, json={"person_id": 1}, may_miss=True),
    "api_releases.end_link": Route(Gate.EDIT, may_miss=True),
    # Review
    **_all(Gate.CURATE, "review.queue", "api_reviews.index"),
    **_all(Gate.REVIEW, "review.page", "review.act", "api_reviews.one"),
    "api_current.one": Route(Gate.SEE),
    "api_current.keep": Route(
        Gate.REVIEW, json={"review_by": "2030-01-01", "replaced_by": None}, headers=MATCH
    ),
    "review.keep_current": Route(Gate.REVIEW, form={"review_by": "2030-01-01"}),
    "api_reviews.act": Route(Gate.REVIEW, json={"act": "comment", "text": "Good."}, headers=MATCH),
    **_all(Gate.TRASH, "trash.restore", "trash.remove"),
    # Routes that need a secret in the address
    **_all(Gate.SECRET, "release_link.page", "release_link.answer"),
    **_all(Gate.SECRET, "release_link.sound", "release_link.captions_of"),
    "release_link.receipt": Route(
        Gate.SECRET, args={"receipt_id": ABSENT, "ending": "txt"}, may_miss=True
    ),
    **_all(
        Gate.OPEN,
        "account.welcome",
        "account.accept",
        "lost_password.form",
        "lost_password.save",
        "setup.page",
        "setup.create",
        "leaving.receipt",
        "leaving.receipt_file",
        args={"token": "no-such-secret", "sha256": "0" * 64},
        may_miss=True,
    ),
    **_all(Gate.OWN, "receipts.page", "receipts.as_json", "receipts.as_text", may_miss=True),
    # API: a member's own data, and administration
    "api_people.me": Route(Gate.MEMBER),
    "api_waiting.mine": Route(Gate.MEMBER),
    **_all(Gate.MEMBER, "api_tokens.index", "api_sign_ins.index"),
    **_all(Gate.OWN, "api_sign_ins.one", "api_sign_ins.end", headers=MATCH),
    **_all(Gate.OWN, "api_tokens.one", "api_tokens.revoke", headers=MATCH),
    "api_people.describe": Route(Gate.MEMBER, json={"learns": "To listen."}, headers=MATCH),
    "api_people.take_in": Route(Gate.ADMIN, json={"table": "name,email\nAnn,ann@example.org"}),
    "api_doors.requests": Route(Gate.ADMIN),
    "api_doors.answer": Route(
        Gate.ADMIN, json={"approve": False}, args={"request_id": ABSENT}, may_miss=True
    ),
    **_all(
        Gate.ADMIN,
        "api_doors.openers",
        "api_doors.revoke",
        args={"kind": "token", "number": ABSENT},
        may_miss=True,
    ),
    "api_keeping.of_collection": Route(Gate.ADMIN),
    "api_keeping.keep": Route(Gate.ADMIN, json={"years": 5, "hold": False}, headers=MATCH),
    "api_keeping.of_session": Route(Gate.HOLD),
    "api_keeping.hold": Route(Gate.HOLD, json={"hold": True, "reason": "Asked."}, headers=MATCH),
    "api_topics.bring_in": Route(
        Gate.ADMIN,
        json={"format": "ttl", "text": "<urn:t> a <http://www.w3.org/2004/02/skos/core#Concept> ."},
    ),
    "api_trash.index": Route(Gate.MEMBER),
    "api_trash.one": Route(Gate.TRASH),
    **_all(Gate.TRASH, "api_trash.restore", "api_trash.remove", headers=MATCH),
    "api_members.index": Route(Gate.CURATE),
    "api_members.put": Route(
        Gate.CURATE, json={"role": "viewer"}, headers=MATCH, args={"person_id": 1}
    ),
    "api_members.take": Route(Gate.CURATE, headers=MATCH, args={"person_id": 1}, may_miss=True),
    **_all(Gate.ADMIN, "api_people.index", "api_people.one", "api_people.invite_again"),
    "api_people.leave": Route(
        Gate.ADMIN, query="email=nobody@example.org", headers=MATCH, may_miss=True
    ),
    "api_people.change": Route(Gate.ADMIN, json={"role": "mentor"}, headers=MATCH),
    "api_people.invite": Route(Gate.ADMIN, json={"name": "Ann", "email": "ann@example.org"}),
    **_all(
        Gate.ADMIN,
        "api_service.settings",
        "api_service.audit_events",
        "api_service.state",
        "api_service.look",
    ),
    "api_service.change": Route(Gate.ADMIN, json={"link_days": 9}, headers=MATCH),
    "api_scripts.add": Route(Gate.ADMIN, json=SCRIPT),
    "api_scripts.change": Route(
        Gate.ADMIN, json=SCRIPT, headers=MATCH, args={"script_id": ABSENT}, may_miss=True
    ),
    "api_scripts.remove": Route(
        Gate.ADMIN, headers=MATCH, args={"script_id": ABSENT}, may_miss=True
    ),
    **_all(Gate.ADMIN, "api_ledger.index", "api_ledger.verified", "api_sealed.index"),
    "api_sealed.opened": Route(
        Gate.ADMIN, json={"reason": "A court asks."}, args={"sealed_id": ABSENT}, may_miss=True
    ),
    "api_webhooks.index": Route(Gate.ADMIN),
    "api_webhooks.add": Route(Gate.ADMIN, json={"url": "http://127.0.0.1/"}),
    **_all(
        Gate.ADMIN,
        "api_webhooks.one",
        "api_webhooks.remove",
        "api_webhooks.renew",
        "api_webhooks.ping",
        "api_webhooks.deliveries",
        "api_webhooks.replay",
        "hooks.one",
        "hooks.act",
        headers=MATCH,
        args={"webhook_id": ABSENT, "delivery_id": ABSENT},
        may_miss=True,
    ),
    "api_webhooks.change": Route(
        Gate.ADMIN, json={}, headers=MATCH, args={"webhook_id": ABSENT}, may_miss=True
    ),
    **_all(Gate.ADMIN, "hooks.page", "hooks.add"),
    # Collections
    **_all(
        Gate.CURATE,
        "shelves.one",
        "shelves.describe",
        "shelves.fill",
        "shelves.order",
        "showcase.put_cover",
        "showcase.pick",
        "members.page",
        "members.change",
        "members.set_rule",
    ),
    # Administration
    **_all(
        Gate.ADMIN,
        "vocabulary.one",
        "vocabulary.describe",
        "vocabulary.remove",
        "vocabulary.merge",
        "vocabulary.undo",
        "api_topics.remove",
        "api_topics.undo",
        args={"topic_id": ABSENT, "merge_id": ABSENT},
        headers=MATCH,
        may_miss=True,
    ),
    "duplicates.page": Route(Gate.ADMIN),
    "duplicates.look": Route(Gate.ADMIN, query="kept=1&gone=2"),  # the owner and a participant
    **_all(Gate.ADMIN, "duplicates.merge", "duplicates.apart", form={"kept": "1", "gone": "2"}),
    **_all(Gate.ADMIN, "api_duplicates.alike", "api_duplicates.index"),
    "api_duplicates.one": Route(Gate.ADMIN, args={"merge_id": ABSENT}, may_miss=True),
    "api_duplicates.undo": Route(Gate.ADMIN, args={"merge_id": ABSENT}, may_miss=True),
    "api_duplicates.apart": Route(Gate.ADMIN, json={"one": 1, "other": 2}),
    **_all(
        Gate.ADMIN,
        "api_duplicates.preview",
        "api_duplicates.merge",
        json={"kept": 1, "gone": 2},
    ),
    "duplicates.undo": Route(Gate.ADMIN, args={"merge_id": ABSENT}),
    "duplicates.progress": Route(Gate.ADMIN, args={"merge_id": ABSENT}, may_miss=True),
    "api_topics.add": Route(Gate.ADMIN, json={"label": "A topic of the matrix"}),
    **_all(
        Gate.ADMIN,
        "api_topics.describe",
        json={"label": "Another topic"},
        args={"topic_id": ABSENT},
        headers=MATCH,
        may_miss=True,
    ),
    "api_topics.merge": Route(
        Gate.ADMIN, json={"into": ABSENT}, args={"topic_id": ABSENT}, may_miss=True
    ),
    **_all(
        Gate.ADMIN,
        "vocabulary.page",
        "vocabulary.add",
        "vocabulary.starter",
        "vocabulary.bring_in",
        "shelves.page",
        "shelves.create",
        "shelves.move",
        "shelves.nest",
        "bags.collection",
        "members.set_review",
        "audit.page",
        "audit.as_csv",
        "audit.as_json",
        "care.page",
        "care.accounts",
        "care.invite",
        "care.change",
        "care.new_link",
        "care.remove_samples",
        "keeping.health_page",
        "keeping.look",
        "keeping.retention_page",
        "keeping.hold",
        "keeping.keep",
        "leaving.ask_for",
        "leaving.delete",
        "overview.ask_for",
        "api_overview.state",
        "openers.page",
        "openers.forget_second_step",
        "roster.page",
        "roster.bring",
        "scripts.page",
        "scripts.save",
        "sealed.page",
        "service.page",
        "service.ledger_page",
        "service.save",
        may_miss=True,
    ),
    **_all(Gate.ADMIN, "care.load_samples", "shelves.remove", only_refused=True),
    "openers.answer": Route(Gate.ADMIN, args={"request_id": ABSENT}, may_miss=True),
    "openers.revoke": Route(Gate.ADMIN, args={"kind": "token", "number": ABSENT}, may_miss=True),
    **_all(Gate.ADMIN, "scripts.one", "scripts.remove", args={"script_id": ABSENT}, may_miss=True),
    "sealed.opened": Route(Gate.ADMIN, args={"sealed_id": ABSENT}, may_miss=True),
}
