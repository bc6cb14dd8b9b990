"""OAI-PMH 2.0 data provider of the public sessions. Sign-in does not change the responses."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from lxml import etree
from werkzeug.datastructures import MultiDict

from library.access import GUEST
from library.collections.collections import collections_of_sessions
from library.errors import InvalidInputError
from library.models import HarvestRecord, now
from library.publishing import oai_records
from library.publishing.oai_records import HarvestQuery
from library.store import Transaction
from library.translation import gettext
from library.vocabulary import confirmed_topics
from web.http.context import library
from web.http.params import LARGEST_ID
from web.publishing.standards import oai_pmh, resumption
from web.publishing.standards.description import absolute, terms
from web.publishing.standards.oai_pmh import OaiError, Reply
from web.publishing.standards.resumption import Resumption
from web.publishing.standards.xml import child

bp = Blueprint("oai", __name__)

PAGE = 100  # records
NO_SESSION = 0

# Required and optional arguments of each verb.
ARGUMENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
LISTS = {"ListIdentifiers", "ListRecords", "ListSets"}


@bp.route("/oai", methods=["GET", "POST"])
def provide() -> Response:
    """Answer an OAI-PMH request. Protocol errors are sent with status 200."""
    given = request.form if request.method == "POST" else request.args
    try:
        verb, arguments = _checked(given)
    except OaiError as error:
        reply = _reply({})
        reply.refuse(error)
        return _sent(reply)
    if "resumptionToken" not in arguments:  # no refresh while a client continues a list
        oai_records.refresh(library())
    reply = _reply({"verb": verb, **arguments})
    try:
        with library().reading() as db:
            _answer(db, reply, verb, arguments)
    except OaiError as error:
        reply = _reply({"verb": verb, **arguments})
        reply.refuse(error)
    return _sent(reply)


def _sent(reply: Reply) -> Response:
    return Response(reply.document(), mimetype="text/xml")


def _reply(arguments: Mapping[str, str]) -> Reply:
    return Reply(address=absolute("oai.provide"), moment=now(), arguments=arguments)


def _checked(given: "MultiDict[str, str]") -> tuple[str, dict[str, str]]:
    """Return the verb of an OAI-PMH request and its arguments, after a check of both.

    Raises:
        OaiError: The verb is unknown, or an argument is repeated, unknown or missing.
    """
    verbs = given.getlist("verb")
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise OaiError(
            "badVerb", gettext("The verb must be one of %(names)s.", names=", ".join(ARGUMENTS))
        )
    verb = verbs[0]
    needed, optional = ARGUMENTS[verb]
    found = {name: given.getlist(name) for name in given if name != "verb"}
    if repeated := sorted(name for name, values in found.items() if len(values) > 1):
        raise OaiError(
            "badArgument", gettext("The argument “%(name)s” is repeated.", name=repeated[0])
        )
    arguments = {name: values[0] for name, values in found.items()}
    if "resumptionToken" in arguments and verb in LISTS:
        if len(arguments) > 1:
            raise OaiError("badArgument", gettext("A resumptionToken must be the only argument."))
        return verb, arguments
    if unknown := sorted(arguments.keys() - needed - optional):
        raise OaiError(
            "badArgument",
            gettext("%(verb)s has no argument “%(name)s”.", verb=verb, name=unknown[0]),
        )
    if missing := sorted(needed - arguments.keys()):
        raise OaiError(
            "badArgument", gettext("%(verb)s needs “%(name)s”.", verb=verb, name=missing[0])
        )
    return verb, arguments


def _answer(db: Transaction, reply: Reply, verb: str, arguments: Mapping[str, str]) -> None:
    if verb == "Identify":
        oai_pmh.identify(
            reply.verb(verb),
            name=library().settings.site_name,
            address=absolute("oai.provide"),
            email=_contact(),
            earliest=oai_records.earliest(db),
            sample=_identifier(1),
        )
    elif verb == "ListMetadataFormats":
        if "identifier" in arguments:
            _record(db, arguments["identifier"])
        oai_pmh.formats(reply.verb(verb))
    elif verb == "ListSets":
        if "resumptionToken" in arguments:
            raise OaiError(
                "badResumptionToken", gettext("ListSets does not use resumption tokens.")
            )
        oai_pmh.sets(reply.verb(verb), oai_records.public_collections(db))
    elif verb == "GetRecord":
        _require_format(arguments)
        record = _record(db, arguments["identifier"])
        _write(db, reply.verb(verb), [record], whole=True)
    else:
        _list(db, reply, verb, arguments)


def _list(db: Transaction, reply: Reply, verb: str, arguments: Mapping[str, str]) -> None:
    """Write one page of a list of records, with a resumption token if more records follow.

    Raises:
        OaiError: The token, the format or a date is invalid, or no record matches.
    """
    if "resumptionToken" in arguments:
        try:
            asked = resumption.decode(arguments["resumptionToken"])
        except InvalidInputError as error:
            raise OaiError("badResumptionToken", str(error)) from error
        wanted, after, position = asked.wanted, asked.after, asked.position
    else:
        _require_format(arguments)
        wanted, after, position = _wanted(arguments), None, 0
    found = oai_records.records(db, wanted, after=after, limit=PAGE + 1)
    if not found:
        raise OaiError("noRecordsMatch", gettext("No record matches."))
    into, page = reply.verb(verb), found[:PAGE]
    _write(db, into, page, whole=verb == "ListRecords")
    more = len(found) > PAGE
    if not more and after is None:
        return
    token = child(
        into,
        "resumptionToken",
        completeListSize=str(oai_records.count(db, wanted)),
        cursor=str(position),
    )
    if more:
        here = (page[-1].datestamp, page[-1].session_id)
        token.text = resumption.encode(
            Resumption(wanted=wanted, after=here, position=position + len(page))
        )


def _write(
    db: Transaction, into: etree._Element, records: Sequence[HarvestRecord], *, whole: bool
) -> None:
    ids = [record.session_id for record in records]
    sets = oai_records.sets_of(db, ids)
    sessions = oai_records.public_sessions(db, ids) if whole else {}
    found = collections_of_sessions(db, GUEST, list(sessions))
    about = confirmed_topics.confirmed(db, GUEST, list(sessions))
    for record in records:
        if whole and not record.deleted and record.session_id not in sessions:
            continue  # taken back after the list began: the next harvest reports the deletion
        place = child(into, "record") if whole else into
        i = record.session_id
        oai_pmh.header(place, record, identifier=_identifier(i), sets=sets.get(i, []))
        if i in sessions and not record.deleted:
            oai_pmh.metadata(place, terms(sessions[i], found.get(i, []), about.get(i, [])))


def _identifier(session_id: int) -> str:
    """Return the OAI identifier of a session: `oai:HOST:SESSION_ID`."""
    host = urlsplit(absolute("oai.provide")).hostname or "localhost"
    return f"oai:{host}:{session_id}"


def _contact() -> str:
    """Return the contact address: the setting, else the host's postmaster (RFC 2142)."""
    host = urlsplit(absolute("oai.provide")).hostname or "localhost"
    return library().settings.contact_email or f"postmaster@{host}"


def _record(db: Transaction, identifier: str) -> HarvestRecord:
    number = identifier.removeprefix(_identifier(NO_SESSION)[:-1])
    known = number != identifier and number.isascii() and number.isdecimal() and len(number) < 19
    record = oai_records.record(db, int(number)) if known else None
    if record is None:
        raise OaiError("idDoesNotExist", gettext("No public session has this identifier."))
    return record


def _require_format(arguments: Mapping[str, str]) -> None:
    if arguments["metadataPrefix"] != oai_pmh.PREFIX:
        raise OaiError(
            "cannotDisseminateFormat",
            gettext("Records come as %(format)s only.", format=oai_pmh.PREFIX),
        )


def _wanted(arguments: Mapping[str, str]) -> HarvestQuery:
    since, until = arguments.get("from"), arguments.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise OaiError("badArgument", gettext("“from” and “until” must have the same granularity."))
    first = _moment("from", since, end=False) if since is not None else None
    last = _moment("until", until, end=True) if until is not None else None
    if first is not None and last is not None and first > last:
        raise OaiError("badArgument", gettext("“from” must not be later than “until”."))
    return HarvestQuery(since=first, until=last, collection_id=_collection(arguments.get("set")))


def _moment(name: str, text: str, *, end: bool) -> datetime:
    """Parse a UTC date or time. A date means its first second, or its last second with `end`.

    Raises:
        OaiError: The text is not a valid date or time.
    """
    day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII)
    if day is None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", text, re.ASCII):
        raise OaiError(
            "badArgument",
            gettext("“%(name)s” must look like 2026-05-31 or 2026-05-31T12:00:00Z.", name=name),
        )
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return found + timedelta(days=1, seconds=-1) if day and end else found
    except (ValueError, OverflowError) as error:
        raise OaiError(
            "badArgument", gettext("“%(name)s” is not a valid date.", name=name)
        ) from error


def _collection(spec: str | None) -> int | None:
    if spec is None:
        return None
    found = re.fullmatch(r"collection-(\d{1,18})", spec, re.ASCII)
    return min(int(found.group(1)), LARGEST_ID) if found else NO_SESSION
