"""Translation of pages: Flask-Babel for templates and messages, JSON for JavaScript files."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import Babel, get_locale, get_translations

from library import translation
from library.consent import removal_promise

LANGUAGE = "en"
"""BCP 47 tag of the only language that is shipped."""
FOLDER = Path(__file__).parents[1] / "translations"
"""One folder for each language, with `LC_MESSAGES/messages.mo` and `LC_MESSAGES/scripts.po`."""


def init_app(app: Flask) -> None:
    """Install Flask-Babel, and pass its translations to `library.translation`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=lambda: LANGUAGE)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(
        language=lambda: str(get_locale() or LANGUAGE),
        script_translations=_of_scripts,
        translated_promise=removal_promise.translated,
        translated=translation.gettext,  # for stored sentences; escaped, unlike `_`
    )
    translation.use(get_translations)


def _of_scripts() -> dict[str, object]:
    """Return the translations of the sentences in JavaScript files; empty for English."""
    return _read(str(get_locale() or LANGUAGE))


@cache
def _read(language: str) -> dict[str, object]:
    path = FOLDER / language / "LC_MESSAGES" / "scripts.po"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        messages = [entry for entry in read_po(file, locale=language) if entry.id and entry.string]
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: entry.string for entry in messages
    }
