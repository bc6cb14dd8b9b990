"""What the API takes and gives about people, tokens, the trash and the service."""

from marshmallow import RAISE, Schema, fields, validate

from library.models import CollectionRole, DeliveryState, Event, Role, Scope, SignInWay
from library.withdrawal.leaving import OwnName, OwnSessions
from web.views.api.name_schemas import person_choice
from web.views.api.schemas import AN_ID, CleanText, PageSchema

EVENTS = [event for event in Event if event is not Event.PING]


class Strict(Schema):
    """Content in which a misspelled field is not lost silently."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE


class NewWebhookSchema(Strict):
    """An address and the events that it is to be told of."""

    url = fields.String(required=True, validate=validate.Length(1, 500))
    events = fields.List(
        fields.Enum(Event, by_value=True, validate=validate.OneOf(EVENTS)),
        load_default=lambda: list(EVENTS),
    )


class WebhookChangesSchema(Strict):
    """What is to change; what is left out stays."""

    url = fields.String(validate=validate.Length(1, 500))
    events = fields.List(fields.Enum(Event, by_value=True, validate=validate.OneOf(EVENTS)))
    active = fields.Boolean()


class WebhookSchema(Schema):
    """An address that is told of events."""

    id = fields.Integer()
    url = fields.String()
    events = fields.List(fields.Enum(Event, by_value=True))
    active = fields.Boolean()
    created_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SecretWebhookSchema(WebhookSchema):
    """The same with the secret that signs, which is shown once."""

    secret = fields.String()


class WebhookListSchema(Schema):
    """All webhooks."""

    webhooks = fields.List(fields.Nested(WebhookSchema))
    next = fields.String(allow_none=True)


class DeliverySchema(Schema):
    """One event on its way to one address."""

    id = fields.Integer()
    event = fields.Enum(Event, by_value=True)
    data = fields.Dict(keys=fields.String())
    state = fields.Enum(DeliveryState, by_value=True)
    attempts = fields.Integer()
    created_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(metadata={"description": "When it is tried next."})
    tried_at = fields.AwareDateTime(allow_none=True)
    status = fields.Integer(allow_none=True, metadata={"description": "HTTP, of the last answer."})
    error = fields.String(metadata={"description": "Why there was no answer."})


class DeliveryListSchema(Schema):
    """A part of what an address was told, newest first."""

    deliveries = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


class PersonSchema(Schema):
    """Somebody with an account, as administrators see them."""

    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    role = fields.Enum(Role, by_value=True)
    active = fields.Boolean()
    leaves_on = fields.Date(allow_none=True)
    quota_mb = fields.Integer(allow_none=True)
    about = fields.String()
    helps_with = fields.String()
    learns = fields.String()
    languages = fields.List(fields.String())
    availability = fields.String()
    created_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class PersonListSchema(Schema):
    """A part of the list of accounts, the newest first."""

    people = fields.List(fields.Nested(PersonSchema))
    next = fields.String(allow_none=True)


class InvitationSchema(Strict):
    """Whom to invite."""

    name = CleanText(required=True, validate=validate.Length(1, 200))
    email = CleanText(required=True, validate=validate.Length(3, 254))
    role = fields.Enum(Role, by_value=True, load_default=Role.MENTEE)
    person_id = person_choice(
        "A person without account of this name who is named in sessions already, and gets this "
        "account with all that they took part in. Left out, the account is a new person's."
    )


class InvitedSchema(PersonSchema):
    """An account, and the link with which its owner sets a password; shown this once."""

    invitation = fields.String()
    unsent = fields.String(
        metadata={"description": "Why the link will not come by e-mail; empty: it is sent."}
    )


class PersonChangesSchema(Strict):
    """What is to change; what is left out stays."""

    role = fields.Enum(Role, by_value=True)
    active = fields.Boolean()
    leaves_on = fields.Date(allow_none=True)
    quota_mb = fields.Integer(allow_none=True, validate=validate.Range(0, 2**31 - 1))


class LeavingSchema(Strict):
    """Whose data goes, and what becomes of what is theirs alone."""

    email = fields.Email(
        required=True, metadata={"description": "The account's address, so that it is no mistake."}
    )
    sessions = fields.Enum(OwnSessions, by_value=True, load_default=OwnSessions.KEEP)
    name = fields.Enum(OwnName, by_value=True, load_default=OwnName.KEEP)


class TokenSchema(Schema):
    """A token of one's own; its secret is kept nowhere."""

    id = fields.Integer()
    label = fields.String()
    scopes = fields.List(fields.Enum(Scope, by_value=True))
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)
    links = fields.Dict(keys=fields.String(), values=fields.String())


class TokenListSchema(Schema):
    """One's own tokens, newest first."""

    tokens = fields.List(fields.Nested(TokenSchema))
    next = fields.String(allow_none=True)


class SignInSchema(Schema):
    """A browser that is signed in to one's account."""

    id = fields.Integer()
    browser = fields.String(metadata={"description": "Such as “Firefox on Linux”."})
    way = fields.Enum(SignInWay, by_value=True)
    remembered = fields.Boolean(metadata={"description": "Whether it stays signed in unused."})
    address = fields.String(metadata={"description": "Of the network, when it signed in."})
    created_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime(metadata={"description": "To the hour."})
    ends_at = fields.AwareDateTime(metadata={"description": "Unless it is used before."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SignInListSchema(Schema):
    """The browsers that are signed in to one's account, the newest first."""

    sign_ins = fields.List(fields.Nested(SignInSchema))
    next = fields.String(allow_none=True)


class TrashedSchema(Schema):
    """A session in the trash."""

    id = fields.Integer()
    title = fields.String()
    trashed_at = fields.AwareDateTime()
    goes_at = fields.AwareDateTime(metadata={"description": "When it goes for good."})
    hold = fields.Boolean()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class TrashListSchema(Schema):
    """A part of the trash, the newest session first."""

    sessions = fields.List(fields.Nested(TrashedSchema))
    next = fields.String(allow_none=True)


class MemberSchema(Schema):
    """A member of a collection."""

    person_id = fields.Integer()
    name = fields.String()
    role = fields.Enum(CollectionRole, by_value=True)


class MemberListSchema(Schema):
    """The members of a collection, by name."""

    members = fields.List(fields.Nested(MemberSchema))
    next = fields.String(allow_none=True)


class MemberRoleSchema(Strict):
    """What somebody may do in a collection."""

    role = fields.Enum(CollectionRole, by_value=True, required=True)


class SettingsSchema(Strict):
    """What administrators decide for the whole library; what is left out stays."""

    guests_read = fields.Boolean()
    link_days = fields.Integer(validate=validate.Range(1, 365))
    trash_days = fields.Integer(validate=validate.Range(1, 365))
    join_domains = CleanText(validate=validate.Length(max=2000))
    join_by_approval = fields.Boolean()


class AuditPageSchema(PageSchema):
    """Which events to give."""

    q = CleanText(load_default="", validate=validate.Length(max=200))
    action = CleanText(load_default="", validate=validate.Length(max=60))
    actor = fields.Integer(load_default=None, validate=AN_ID)
    kind = CleanText(load_default="", validate=validate.Length(max=40))
    subject = fields.Integer(load_default=None, validate=AN_ID)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class AuditEventSchema(Schema):
    """Who did what to what, from where."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    actor_id = fields.Integer(allow_none=True)
    actor = fields.String()
    action = fields.String()
    subject_kind = fields.String()
    subject_id = fields.Integer(allow_none=True)
    address = fields.String()
    detail = fields.Dict(keys=fields.String())


class AuditListSchema(Schema):
    """A part of the audit log, newest first."""

    events = fields.List(fields.Nested(AuditEventSchema))
    next = fields.String(allow_none=True)


class HealthSchema(Schema):
    """What the last look at the library found."""

    looked_at = fields.AwareDateTime(allow_none=True)
    thorough = fields.Boolean()
    wrong = fields.Integer()
    said = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    wanted = fields.Boolean(metadata={"description": "Whether a thorough look is asked for."})
    last_backup_at = fields.AwareDateTime(allow_none=True)
    searchable = fields.Integer()
    sessions = fields.Integer()
