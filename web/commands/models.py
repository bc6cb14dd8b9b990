"""Command `living-history models`: known models, those on this computer, and fetching one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from library import hub, weights
from library.errors import InvalidInputError, WeightsError
from library.known_models import (
    KNOWN,
    HubAddress,
    KnownModel,
    ModelKind,
    find_known,
    hub_address,
)
from library.settings import Settings
from web.commands.open_library import settings_for

TITLES = {
    ModelKind.ENCODER: "Encoders: vectors of passages and questions",
    ModelKind.RERANKER: "Cross-encoders: rank the first 50 passages again",
    ModelKind.WHISPER: "Whisper: transcription",
}
AFTERWARDS = {
    ModelKind.ENCODER: "restart the library and run `living-history reindex`",
    ModelKind.RERANKER: "restart the library",
    ModelKind.WHISPER: "restart the library",
}


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the models that can be used, with what each brings and costs."""
    if ctx.invoked_subcommand is not None:
        return
    settings = settings_for(ctx.obj)
    for kind, title in TITLES.items():
        click.echo(f"{title} ({kind.variable})")
        chosen = _chosen(settings, kind)
        for model in (model for model in KNOWN if model.kind is kind):
            _print_model(model, used=any(find_known(name, kind) is model for name in chosen))
        for name in chosen:
            if find_known(name, kind) is None:
                _print_own(settings, kind, name)
        click.echo()
    click.echo("Fetch a model with `living-history models fetch NAME`, or name a folder.")


@models.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Copy a model from the Hugging Face hub to this computer.

    NAME is a name of the list or OWNER/NAME. NAME@REVISION fetches that revision.
    """
    known = find_known(name)
    address = _address(name, known)
    click.echo(f"Fetching {address} …")
    folder = hub.fetch(address)
    kind = known.kind if known else _kind(folder)
    base = known.name if known else address.repository
    click.echo(f"Fetched revision {folder.name} to {folder}.")
    click.echo(f"To use it, set {kind.variable}={base}@{folder.name}, then {AFTERWARDS[kind]}.")


def _address(name: str, known: KnownModel | None) -> HubAddress:
    """Return the address of a model. A known model without a revision gets the pinned one.

    Raises:
        InvalidInputError: the name is not in the list and has no owner, or is not on the hub.
    """
    if known is None and "/" not in name:
        raise InvalidInputError(
            "%(name)s is not in the list of `living-history models`. Name it as OWNER/NAME.",
            name=name,
        )
    if known is not None and not known.repository:
        raise InvalidInputError(
            "%(name)s comes with the installation and is on no hub. Install the dependencies "
            "again if it is missing.",
            name=known.name,
        )
    address = hub_address(name, known.kind if known else ModelKind.ENCODER)
    return replace(address, revision=address.revision or (known.revision if known else ""))


def _kind(folder: Path) -> ModelKind:
    """Return what a fetched model is for, by its files."""
    if (folder / "model.bin").exists():
        return ModelKind.WHISPER
    config = folder / "config.json"
    about = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    classifies = any(
        str(name).endswith("ForSequenceClassification") for name in about.get("architectures") or ()
    )
    return ModelKind.RERANKER if classifies else ModelKind.ENCODER


def _chosen(settings: Settings, kind: ModelKind) -> list[str]:
    """Return the models of one kind that the settings name, in the form of the settings."""
    if kind is ModelKind.WHISPER:
        return list(weights.whisper_models(settings).values())
    return [name for name in (getattr(settings, kind.value),) if name]


def _print_model(model: KnownModel, *, used: bool) -> None:
    click.echo(f"  {model.name}{' (in use)' if used else ''}")
    click.echo(f"      Brings: {model.brings}")
    click.echo(f"      Costs: {model.costs}")
    click.echo(f"      On this computer: {_where(model)}")


def _where(model: KnownModel) -> str:
    """Return whether a known model is on this computer, and in which revision."""
    if weights.is_packaged(model):
        return "yes, with the installation"
    if not model.repository:
        return "no, its file is missing"
    pinned = hub.find(HubAddress(model.repository, model.revision))
    found = pinned or hub.find(HubAddress(model.repository))
    if found is None:
        return "no"
    other = "" if pinned or not model.revision else " (another one than the known revision)"
    return f"yes, revision {found.name}{other}"


def _print_own(settings: Settings, kind: ModelKind, name: str) -> None:
    """Print a model of the settings that is not in the list."""
    find = {
        ModelKind.ENCODER: weights.embedding_weights,
        ModelKind.RERANKER: weights.reranker_weights,
        ModelKind.WHISPER: weights.whisper_weights,
    }[kind]
    try:
        chosen: dict[str, Any] = {kind.value: name}
        found = find(replace(settings, **chosen)).location
    except WeightsError as error:
        found = f"no. {error}"
    click.echo(f"  {name} (in use)")
    click.echo(f"      On this computer: {found}")
