"""The one table of settings, read from the environment once, where a process starts."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from library.errors import InvalidInputError

PREFIX = "LIVING_HISTORY_"
SQLITE = ("sqlite", "sqlite+pysqlite")  # the one engine whose files are known to be overwritten


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an administrator can set, one `LIVING_HISTORY_*` variable each."""

    home: Path = field(
        default=Path("library-data"),
        metadata={"about": "Folder that holds the library: database, files, models."},
    )
    database_url: str = _setting(
        "",
        "Where the SQLite database lies, as sqlite:///PATH; empty: library.db in the home folder. "
        "Other databases are refused.",
    )
    host: str = _setting("127.0.0.1", "Address that the site listens on.")
    port: int = _setting(8000, "Port that the site listens on; 0 takes a free one.")
    public_url: str = _setting(
        "", "Address that people use, such as https://library.example.org; empty: host and port."
    )
    site_name: str = _setting("Living History", "Name shown at the top of every page.")
    webhook_private_hosts: str = _setting(
        "", "Hosts of your own network that webhooks may tell, with commas; empty: none."
    )
    contact_email: str = _setting(
        "", "Address shown to other libraries' harvesters; empty: the host's postmaster."
    )
    secret_key: str = _setting(
        "", "Secret that signs cookies; empty: made once and kept in the home folder."
    )
    max_upload_mb: int = _setting(4096, "Largest file that may be added, in MiB.")
    quota_mb: int = _setting(
        0, "Room for the files of each person, in MiB; 0: no limit. Set for one person under Care."
    )
    watch_folder: str = _setting(
        "", "Folder whose files are taken in by themselves; empty: none. See docs/admin.md."
    )
    watch_owner: str = _setting(
        "", "E-mail address of the account that owns what comes from that folder; empty: nobody."
    )
    watch_seconds: float = _setting(
        10.0, "How long a file in that folder must stay unchanged before it is taken, in seconds."
    )
    max_hours: float = _setting(8.0, "Longest recording that is taken in, in hours.")
    whisper_model: str = _setting(
        "base", "Whisper's size, a folder with a CTranslate2 model, or a hub's name."
    )
    whisper_models: str = _setting(
        "",
        "Further Whisper models, as for the one above and with commas, that people may choose when "
        "a recording is heard again; empty: none.",
    )
    whisper_compute: str = _setting(
        "int8", "CTranslate2 compute type: int8 on a CPU, float16 on a GPU."
    )
    whisper_beam: int = _setting(5, "Beam width of the transcription; 1 is faster and errs more.")
    speakers: bool = _setting(
        default=True, about="Whether speakers are told apart, where the weights are installed."
    )
    embedding_model: str = _setting(
        "all-MiniLM-L6-v2", "sentence-transformers model: its name, or a folder that holds it."
    )
    embedding_eight_bits: bool = _setting(
        default=True,
        about="Whether vectors are made in eight bits, twice as many a second, where the processor "
        "is made for it; they are nearly the same.",
    )
    threads: int = _setting(1, "Threads for each model; one a process measured best.")
    cores: int = _setting(
        0,
        "Processor cores that one recording, or a reindex, may use at once; "
        "0: two, where there are two.",
    )
    sign_in_idle_days: float = _setting(
        7.0,
        "Days without use after which a browser has to sign in again, unless its owner chose to "
        "stay signed in.",
    )
    sign_in_days: float = _setting(
        30.0, "Days after which every browser has to sign in again, however it is used."
    )
    sign_in_limit: str = _setting(
        "10 per minute", "Sign-in attempts from one address before it has to wait."
    )
    account_limit: str = _setting(
        "30 per hour",
        "Failed passwords and codes of one account, from anywhere, before it has to wait.",
    )
    trusted_proxies: int = _setting(
        0, "How many proxies stand in front; the asker's address is then taken from what they add."
    )
    mail_host: str = _setting(
        "", "Mail server (SMTP); empty: letters are laid into the outbox in the home folder."
    )
    mail_port: int = _setting(587, "Port of the mail server.")
    mail_security: str = _setting(
        "starttls", "How the way to the mail server is protected: starttls, tls or none."
    )
    mail_user: str = _setting("", "Name to sign in to the mail server with; empty: none is asked.")
    mail_password: str = _setting("", "Password to sign in to the mail server with.")
    mail_from: str = _setting(
        "", "Address that letters come from; empty: library@ the host of the public URL."
    )
    oidc_issuer: str = _setting(
        "", "Issuer of an OpenID Connect provider to sign in with as well; empty: none."
    )
    oidc_client_id: str = _setting("", "Name under which that provider knows the library.")
    oidc_client_secret: str = _setting("", "Secret that the provider gave the library.")
    oidc_name: str = _setting(
        "your organisation", "How the sign-in page names that provider, behind “Sign in with”."
    )
    members_may_upload: bool = _setting(
        default=False, about="Whether mentees too may add sessions."
    )
    originals: str = _setting(
        "destroy",
        "What becomes of an original when something in it is taken off the record: destroy, or "
        "seal (kept encrypted for an administrator with a reason). A collection can differ.",
    )
    backup_keep_days: int = _setting(
        30,
        "How many days backups are kept: a backup removes older ones from its folder, and receipts "
        "of removals name the day that follows from it; 0: backups are kept without limit, and "
        "receipts name no day.",
    )
    answer_url: str = _setting(
        "", "Address of an OpenAI-compatible language model, such as https://…/v1; empty: none."
    )
    answer_model: str = _setting("", "Name of the language model that writes answers.")
    answer_key: str = _setting("", "Key that the language model's address asks for, if any.")
    answer_seconds: float = _setting(20.0, "How long a written answer may take, in seconds.")

    def __post_init__(self) -> None:
        """Refuse databases on which words could not be taken back for certain.

        Raises:
            InvalidInputError: the URL does not name an SQLite file.
        """
        scheme, _, path = self.database_url.partition("://")
        if self.database_url and (scheme not in SQLITE or not path.strip("/")):
            raise InvalidInputError(
                "LIVING_HISTORY_DATABASE_URL must name an SQLite file, as sqlite:///PATH: the "
                "library works with no other database. Leave the variable empty to keep it in the "
                "home folder."
            )

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{(self.home / 'library.db').resolve()}"

    @property
    def at_once(self) -> int:
        """How many parts of a recording are worked on at once."""
        return self.cores if self.cores > 0 else min(2, os.cpu_count() or 1)

    @property
    def max_upload_bytes(self) -> int:
        """Largest file that may be added, in bytes."""
        return self.max_upload_mb * 1024 * 1024


def variable(setting: "Field[Any]") -> str:
    """Name of the environment variable behind a field of `Settings`."""
    return PREFIX + setting.name.upper()


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process; *overrides* that are not None win over the environment.

    Raises:
        InvalidInputError: a value is not of its setting's kind, or a variable is misspelled.
    """
    given = os.environ if environment is None else environment
    known = {variable(f): f for f in fields(Settings)}
    if unknown := sorted(name for name in given if name.startswith(PREFIX) and name not in known):
        raise InvalidInputError(
            f"There is no setting {unknown[0]}. docs/settings.md lists all of them."
        )
    values = {f.name: _parse(f, given[name]) for name, f in known.items() if given.get(name)}
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
        wanted = {bool: "yes or no", int: "a whole number", float: "a number"}.get(kind, "text")
        raise InvalidInputError(
            f"{variable(setting)} is {text!r}, but it must be {wanted}."
        ) from error
