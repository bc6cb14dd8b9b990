"""Settings of the library, read once from the environment when a process starts."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from library.errors import InvalidInputError
from library.translation import gettext

PREFIX = "LIVING_HISTORY_"
SQLITE = ("sqlite", "sqlite+pysqlite")  # other databases may keep deleted data on the disk


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings that an administrator sets, one `LIVING_HISTORY_*` variable each."""

    home: Path = field(
        default=Path("library-data"),
        metadata={"about": "Folder of the library: database, files, models."},
    )
    database_url: str = _setting(
        "",
        "Path of the SQLite database, as sqlite:///PATH; empty: library.db in the home "
        "folder. Other databases are refused.",
    )
    host: str = _setting("127.0.0.1", "Address on which the site listens.")
    port: int = _setting(8000, "Port on which the site listens; 0: a free port.")
    public_url: str = _setting(
        "", "Address that people type, such as https://library.example.org; empty: host and port."
    )
    site_name: str = _setting("Living History", "Name shown at the top of every page.")
    webhook_private_hosts: str = _setting(
        "",
        "Hosts of your own network to which webhooks may be sent, separated by commas; "
        "empty: none.",
    )
    contact_email: str = _setting(
        "",
        "E-mail address that is shown to harvesters of other libraries; empty: the "
        "postmaster of the host.",
    )
    secret_key: str = _setting(
        "", "Secret that signs cookies; empty: created once and stored in the home folder."
    )
    max_upload_mb: int = _setting(4096, "Maximum size of an added file, in MiB.")
    quota_mb: int = _setting(
        0,
        "Storage quota of each person, in MiB; 0: no limit. Administrators can set another "
        "quota for one person.",
    )
    watch_folder: str = _setting(
        "", "Folder from which files are imported automatically; empty: none. See docs/admin.md."
    )
    watch_owner: str = _setting(
        "", "E-mail address of the account that owns sessions from that folder; empty: no owner."
    )
    watch_seconds: float = _setting(
        10.0,
        "How long a file in that folder must stay unchanged before it is imported, in seconds.",
    )
    max_hours: float = _setting(8.0, "Maximum length of a recording, in hours.")
    whisper_model: str = _setting(
        "base",
        "Size of the Whisper model, a folder with a CTranslate2 model, or a name on the "
        "Hugging Face hub.",
    )
    whisper_models: str = _setting(
        "",
        "Other Whisper models that people may choose to transcribe a recording again, in the "
        "same form and separated by commas; empty: none.",
    )
    whisper_compute: str = _setting(
        "int8", "CTranslate2 compute type: int8 on a CPU, float16 on a GPU."
    )
    whisper_beam: int = _setting(
        5, "Beam width of the transcription; 1 is faster and makes more errors."
    )
    speakers: bool = _setting(
        default=True,
        about="Whether speakers are distinguished (diarization), if the weights are installed.",
    )
    embedding_model: str = _setting(
        "mentoring-e5-small-1",
        "Text encoder: its name, or the folder of a sentence-transformers model.",
    )
    embedding_eight_bits: bool = _setting(
        default=True,
        about="Whether vectors are computed in eight bits if the processor supports it: twice as "
        "many per second, and nearly the same vectors.",
    )
    rerank_model: str = _setting(
        "",
        "Cross-encoder that ranks the first 50 passages of a search again: its folder, or its "
        "name on the Hugging Face hub; empty: none.",
    )
    threads: int = _setting(
        1, "Threads of each model; one per process was fastest in measurements."
    )
    cores: int = _setting(
        0,
        "Processor cores that one recording, or a reindex, may use at the same time; 0: two, "
        "or one if the machine has only one.",
    )
    sign_in_idle_days: float = _setting(
        7.0,
        "Days without use after which a browser must sign in again, unless its owner chose "
        "to stay signed in.",
    )
    sign_in_days: float = _setting(
        30.0, "Days after which every browser must sign in again, even if it is used."
    )
    sign_in_limit: str = _setting(
        "10 per minute",
        "Maximum number of sign-in attempts from one network address; after that, the address "
        "must wait.",
    )
    account_limit: str = _setting(
        "30 per hour",
        "Maximum number of failed passwords and codes of one account, from all addresses; "
        "after that, the account must wait.",
    )
    trusted_proxies: int = _setting(
        0, "Number of proxies in front of the site; the client address is taken from their headers."
    )
    mail_host: str = _setting(
        "", "Mail server (SMTP); empty: e-mails are written to the outbox in the home folder."
    )
    mail_port: int = _setting(587, "Port of the mail server.")
    mail_security: str = _setting(
        "starttls", "Security of the connection to the mail server: starttls, tls or none."
    )
    mail_user: str = _setting("", "User name for the mail server; empty: no sign-in.")
    mail_password: str = _setting("", "Password for the mail server.")
    mail_from: str = _setting(
        "", "Sender address of e-mails; empty: library@ the host of the public URL."
    )
    oidc_issuer: str = _setting(
        "", "Issuer of an additional OpenID Connect provider for sign-in; empty: none."
    )
    oidc_client_id: str = _setting("", "Client id of the library at that provider.")
    oidc_client_secret: str = _setting("", "Client secret that the provider gave the library.")
    oidc_name: str = _setting(
        "your organisation", "Name of that provider on the sign-in page, after “Sign in with”."
    )
    members_may_upload: bool = _setting(
        default=False, about="Whether mentees may also add sessions."
    )
    originals: str = _setting(
        "destroy",
        "What happens to an original when something in it is taken off the record: destroy, "
        "or seal (encrypted; an administrator can open it with a reason). A collection can "
        "have a different rule.",
    )
    backup_keep_days: int = _setting(
        30,
        "Number of days that backups are kept: a new backup removes older ones from its "
        "folder, and receipts of removals name the day that follows from it; 0: backups are "
        "kept without limit, and receipts name no day.",
    )
    answer_url: str = _setting(
        "", "Address of an OpenAI-compatible language model, such as https://…/v1; empty: none."
    )
    answer_model: str = _setting("", "Name of the language model that writes answers.")
    answer_key: str = _setting("", "API key for the language model, if it needs one.")
    answer_seconds: float = _setting(20.0, "Time limit for a generated answer, in seconds.")
    widen_search: bool = _setting(
        default=False,
        about="Whether that language model gets each question that a signed-in person asks, so "
        "that a hypothetical answer widens the search.",
    )
    widen_seconds: float = _setting(
        3.0,
        "Time limit for the hypothetical answer, in seconds; after that, the search goes on "
        "without it.",
    )

    def __post_init__(self) -> None:
        """Require an SQLite database, because other databases may keep deleted data on the disk.

        Raises:
            InvalidInputError: the URL does not name an SQLite file.
        """
        scheme, _, path = self.database_url.partition("://")
        if self.database_url and (scheme not in SQLITE or not path.strip("/")):
            raise InvalidInputError(
                "LIVING_HISTORY_DATABASE_URL must name an SQLite file, as sqlite:///PATH: the "
                "library works with no other database. Leave the variable empty to keep the "
                "database in the home folder."
            )

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{(self.home / 'library.db').resolve()}"

    @property
    def at_once(self) -> int:
        """Number of parts of a recording that are processed in parallel."""
        return self.cores if self.cores > 0 else min(2, os.cpu_count() or 1)

    @property
    def max_upload_bytes(self) -> int:
        """Largest file that may be added, in bytes."""
        return self.max_upload_mb * 1024 * 1024


def variable(setting: "Field[Any]") -> str:
    """Return the name of the environment variable of a field of `Settings`."""
    return PREFIX + setting.name.upper()


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the settings of this process. *overrides* that are not None replace the environment.

    Raises:
        InvalidInputError: a value has the wrong type, or a variable is not known.
    """
    env = os.environ if environment is None else environment
    known = {variable(f): f for f in fields(Settings)}
    if unknown := sorted(name for name in env if name.startswith(PREFIX) and name not in known):
        raise InvalidInputError(
            "The setting %(name)s is not known. docs/settings.md lists all settings.",
            name=unknown[0],
        )
    values = {f.name: _parse(f, env[name]) for name, f in known.items() if env.get(name)}
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)


def _parse(setting: "Field[Any]", text: str) -> Any:
    kind: type[Any] = type(setting.default)
    try:
        if kind is bool:
            return {
                "1": True,
                "true": True,
                "yes": True,
                "on": True,
                "0": False,
                "false": False,
                "no": False,
                "off": False,
            }[text.strip().lower()]
        return kind(text)
    except (KeyError, ValueError) as error:
        expected = {
            bool: gettext("yes or no"),
            int: gettext("a whole number"),
            float: gettext("a number"),
        }.get(kind, gettext("text"))
        raise InvalidInputError(
            "%(variable)s is %(text)s, but it must be %(wanted)s.",
            variable=variable(setting),
            text=repr(text),
            wanted=expected,
        ) from error
