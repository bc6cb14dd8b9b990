"""Tests of the product after installation from its wheel."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.request import urlopen

import pytest

from library.settings import Settings
from tests.paths import ROOT
from tests.served import start

pytestmark = pytest.mark.usefixtures("prepared")
PARTS = ("library", "ingest", "search", "web", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Virtual environment with the wheel and its dependencies, without this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in PARTS:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, source / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    build = (*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([*build, str(source)], check=True)
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    # Python adds a folder of a .pth file without reading the .pth files in that folder. So the
    # dependencies are available, but the editable install of this checkout is not.
    packages = environment / "lib/python3.11/site-packages"
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    wheel = next(folder.glob("*.whl"))
    python = environment / "bin/python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
         "--no-deps", "--disable-pip-version-check", str(wheel)],
        check=True,
    )  # fmt: skip
    return environment


def test_the_wheel_serves_pages_styles_and_its_database(
    installed: Path, settings: Settings
) -> None:
    """After installation, `living-history serve` serves the set-up page and its style sheet."""
    command = (str(installed / "bin/living-history"),)

    served = start(settings.home, "--no-worker", command=command)
    try:
        with urlopen(served.setup_link) as answer:
            page = answer.read().decode()
        style = page.split('rel="stylesheet"')[1].split('href="')[1].split('"')[0]
        with urlopen(served.address + style) as answer:
            css = answer.read()
    finally:
        served.stop()

    assert "<h1" in page
    assert len(css) > 1000


def test_the_wheel_contains_the_sample_library(installed: Path, tmp_path: Path) -> None:
    """After installation, `living-history sample load` loads a sample library."""
    command = [str(installed / "bin/living-history"), "--home", str(tmp_path / "library")]

    subprocess.run([*command, "sample", "load"], check=True)
    status = subprocess.run([*command, "status"], check=True, capture_output=True, text=True)

    assert "0 of 1" in status.stdout, "none of a dozen or more sessions is searchable yet"
