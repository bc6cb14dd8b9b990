"""Consistency of a library whose processes are killed at random times.

`python -m benchmarks.kills` serves a library and uses it through the API and the command line. The
site, the worker, or both are killed (SIGKILL) at random times. An interrupted request is sent again
with the same Idempotency-Key. After each kill, the library must contain the result of every
operation that it has confirmed. `living-history verify` runs too.

The operations are: add a note, upload a file in pieces, correct a transcript, release, move to the
trash, take back, back up, restore, reindex. Every difference (lost, doubled or restored data) is
printed. The last lines are the totals. `--kills` is the number of kills, `--seed` the seed of their
random times. Only a temporary folder is changed.
"""

import argparse
import base64
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import requests

from library.accounts import tokens
from library.models import Role, Scope
from library.settings import read_settings
from library.store import open_library
from tests import served
from tests.builders import add_account

TUS = {"Tus-Resumable": "1.0.0"}
PATIENCE = 120.0  # seconds within which the site must answer again after a kill
ERASED_WITHIN = 300.0  # seconds within which removed words must be erased from every file
UNLIMITED = {
    "LIVING_HISTORY_SIGN_IN_LIMIT": "100000 per minute",
    "LIVING_HISTORY_ACCOUNT_LIMIT": "100000 per hour",
}
OPERATIONS_BEFORE_A_KILL = 11


@dataclass
class Session:
    """State of one session after all operations that the library has confirmed."""

    id: int
    word: str  # occurs in the title and in the note
    said: str  # a word of the newest confirmed correction
    state: str = "present"  # present, trash, removed
    unconfirmed: str = ""  # an operation whose answer was interrupted
    released: bool = False


@dataclass
class Record:
    """Confirmed operations and sessions, and the differences found."""

    sessions: list[Session] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def report(self, sentence: str) -> None:
        """Print a difference and store it."""
        self.differences.append(sentence)
        print(f"DIFFERENCE {sentence}", flush=True)


class Trial:
    """A library, the processes that serve it, and a record of the confirmed operations."""

    def __init__(self, place: Path, chance: random.Random) -> None:
        self.home, self.place, self.chance, self.record = place / "home", place, chance, Record()
        library = open_library(read_settings(home=self.home))
        owner = add_account(library, "Ada Owner", Role.ADMIN)
        with library.transaction() as db:
            _, secret = tokens.add(db, owner.id, "kills", scopes=list(Scope))
        library.close()
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {secret}"
        self.served = served.start(self.home, **UNLIMITED)

    # -- processes ------------------------------------------------------------------------------

    def kill(self, which: str) -> None:
        """Kill the site, the worker, or both with SIGKILL."""
        worker = _worker_of(self.served.process.pid)
        if which in {"site", "both"}:
            self.served.process.kill()
        if which in {"worker", "both"} and worker is not None:
            os.kill(worker, signal.SIGKILL)
        self.record.kills[which] += 1

    def restart(self) -> None:
        """Start the site again if it has ended, and wait until it answers."""
        if self.served.process.poll() is not None:
            self.served.kill()
            self.served = served.start(self.home, **UNLIMITED)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a `living-history` command on this library."""
        return subprocess.run(
            [sys.executable, "-m", "web", "--home", str(self.home), *words],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | UNLIMITED,
        )

    # -- requests -------------------------------------------------------------------------------

    def ask(self, method: str, path: str, **more: Any) -> requests.Response | None:
        """Send a request. Return None if the connection was interrupted."""
        try:
            return self.http.request(method, f"{self.served.address}{path}", timeout=60, **more)
        except requests.RequestException:
            return None

    def insist(self, method: str, path: str, **more: Any) -> requests.Response:
        """Repeat a request until it is answered, and restart the site if needed.

        Raises:
            TimeoutError: No answer came within `PATIENCE` seconds.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self.ask(method, path, **more)
            if answer is not None and answer.status_code != 503:
                return answer
            self.restart()
            time.sleep(0.2)
        raise TimeoutError(f"{method} {path} was not answered in {PATIENCE:.0f} s")

    # -- operations -----------------------------------------------------------------------------

    def add(self) -> None:
        """Add a note, and repeat the same request if the answer was interrupted."""
        word = _word(self.chance)
        data = {
            "title": f"About {word}",
            "note": f"I remember {word} well. We talked about it for a whole winter.",
            "visibility": "private",
        }
        headers = {"Idempotency-Key": str(uuid4())}
        self._added(
            "add", word, self.insist("POST", "/api/v1/sessions", data=data, headers=headers)
        )

    def upload(self) -> None:
        """Upload a note in pieces, continue at the stored offset after each kill, and add it."""
        word = _word(self.chance)
        content = (f"What {word} taught me.\n\n" + "Patience and a list. " * 2000).encode()
        name = base64.b64encode(f"{word}.md".encode()).decode()
        head = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
        answer = self.insist("POST", "/uploads/", headers=TUS | head)
        if answer.status_code != 201:
            return self.record.report(f"an upload did not start: {answer.status_code}")
        place = answer.headers["Location"].removeprefix(self.served.address)
        place = place[place.index("/uploads/") :]
        acknowledged = 0
        while acknowledged < len(content):
            at = int(self.insist("HEAD", place, headers=TUS).headers.get("Upload-Offset", -1))
            if at < acknowledged:
                return self.record.report(f"upload {word}: {acknowledged} bytes became {at}")
            piece = content[at : at + 8_000]
            send = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
            done = self.ask("PATCH", place, data=piece, headers=TUS | send)
            if done is not None and done.status_code == 204:
                acknowledged = int(done.headers["Upload-Offset"])
            else:
                self.restart()
        data = {
            "upload": place.rsplit("/", 1)[-1],
            "title": f"About {word}",
            "visibility": "private",
        }
        headers = {"Idempotency-Key": str(uuid4())}
        return self._added(
            "upload", word, self.insist("POST", "/api/v1/sessions", data=data, headers=headers)
        )

    def _added(self, kind: str, word: str, answer: requests.Response) -> None:
        if answer.status_code != 202:
            self.record.report(f"{kind} {word}: {answer.status_code} {answer.text[:200]}")
            return
        self.record.sessions.append(Session(answer.json()["session_id"], word, word))
        self.record.operations[kind] += 1

    def correct(self) -> None:
        """Add one word to a transcript."""
        if (session := self._some()) is None:
            return
        path = f"/api/v1/sessions/{session.id}"
        source_id = self.insist("GET", path).json()["sources"][0]["source_id"]
        path = f"{path}/transcript/{source_id}"
        read = self.insist("GET", path)
        if read.status_code != 200:  # the worker has not processed the source yet
            return
        word = _word(self.chance)
        pieces = [{"keep": 0}, {"text": f"And {word} too.", "speaker": ""}]
        answer = self.ask(
            "PUT", path, json={"pieces": pieces}, headers={"If-Match": read.headers["ETag"]}
        )
        if answer is None:
            session.unconfirmed = f"corrected {word}"
        elif answer.status_code == 200:
            session.said, session.unconfirmed = word, ""
            self.record.operations["correct"] += 1

    def release(self) -> None:
        """Release a session to all members. Its owner is the only speaker."""
        if (session := self._some()) is None:
            return
        path = f"/api/v1/sessions/{session.id}"
        tag = self.insist("GET", path).headers.get("ETag", "")
        wanted = {"visibility": "members"}
        answer = self.ask("PATCH", path, json=wanted, headers={"If-Match": tag})
        if answer is not None and answer.status_code == 200:
            session.released = True
            self.record.operations["release"] += 1

    def trash(self) -> None:
        """Move a session to the trash."""
        self._remove("trash", {})

    def take_back(self) -> None:
        """Take a session back for good."""
        self._remove("take back", {"for_good": "true"})

    def _remove(self, kind: str, params: dict[str, str]) -> None:
        if (session := self._some()) is None:
            return
        path = f"/api/v1/sessions/{session.id}"
        tag = self.insist("GET", path).headers.get("ETag", "")
        answer = self.ask("DELETE", path, params=params, headers={"If-Match": tag})
        if answer is None:
            session.unconfirmed = kind
        elif answer.ok:
            session.state = "removed" if params else "trash"
            self.record.operations[kind] += 1

    def back_up(self) -> None:
        """Write a backup, restore it, and verify the restored library."""
        number = self.record.operations["back up"]
        file, folder = self.place / f"{number}.backup", self.place / f"restored-{number}"
        made = self.command("backup", str(file))
        if made.returncode != 0:
            return self.record.report(f"backup: {_output(made)}")
        self.record.operations["back up"] += 1
        restored = self.command("restore", str(file), str(folder))
        if restored.returncode != 0:
            return self.record.report(f"restore: {_output(restored)}")
        checked = subprocess.run(
            [sys.executable, "-m", "web", "--home", str(folder), "verify"],
            capture_output=True,
            text=True,
            check=False,
        )
        if checked.returncode != 0:
            self.record.report(f"a restored library: {_output(checked)}")
        self.record.operations["restore"] += 1
        subprocess.run(["rm", "-r", str(folder), str(file)], check=True)
        return None

    def reindex(self) -> None:
        """Run `living-history reindex`, which embeds each passage that has no vector."""
        done = self.command("reindex")
        if done.returncode != 0:
            self.record.report(f"reindex: {_output(done)}")
        else:
            self.record.operations["reindex"] += 1

    def _some(self) -> Session | None:
        """Return a random recent session of which no operation was interrupted, or None."""
        here = [s for s in self.record.sessions if s.state == "present" and not s.unconfirmed]
        return self.chance.choice(here[-60:]) if here else None

    # -- comparing ------------------------------------------------------------------------------

    def compare(self, sessions: list[Session]) -> None:
        """Report sessions whose state or title differs from the confirmed operations."""
        for session in sessions:
            answer = self.insist("GET", f"/api/v1/sessions/{session.id}")
            if session.unconfirmed in {"trash", "take back"}:
                # The answer was interrupted: both states are correct, and the present one counts.
                removed = "removed" if session.unconfirmed == "take back" else "trash"
                session.state = "present" if answer.status_code == 200 else removed
                session.unconfirmed = ""
            there = answer.status_code == 200
            if there != (session.state == "present"):
                wanted = f"should be {session.state}, but answers {answer.status_code}"
                self.record.report(f"session {session.id} ({session.word}) {wanted}")
            if there and session.word not in answer.json()["title"]:
                self.record.report(f"session {session.id} has the title {answer.json()['title']}")

    def compare_words(self, sessions: list[Session]) -> None:
        """Report sessions whose words or release differ from the confirmed operations."""
        for session in (s for s in sessions if s.state == "present"):
            path = f"/api/v1/sessions/{session.id}"
            read = self.insist("GET", f"{path}/transcript")
            text = read.text if read.status_code == 200 else ""
            if session.unconfirmed.startswith("corrected "):
                word = session.unconfirmed.removeprefix("corrected ")
                session.said = word if word in text else session.said
                session.unconfirmed = ""
            if session.said not in text:
                self.record.report(f"session {session.id} has lost the word {session.said}")
            if session.released:
                content = self.insist("GET", f"{path}/release").json()
                if content.get("release") != "released":
                    self.record.report(f"session {session.id}: release is {content.get('release')}")

    def verify(self) -> None:
        """Run `living-history verify` and report a failure as a difference."""
        done = self.command("verify")
        if done.returncode != 0:
            self.record.report(f"verify: {_output(done)}")

    def compare_all(self) -> None:
        """Compare all sessions, and search for duplicate sessions and for removed words."""
        self._wait_for_the_worker()
        self.compare(self.record.sessions)
        self.compare_words(self.record.sessions)
        titles: Counter[str] = Counter()
        path: str | None = "/api/v1/sessions?limit=100"
        while path:
            content = self.insist("GET", path).json()
            titles.update(session["title"] for session in content["sessions"])
            path = content["next"] and content["next"][content["next"].index("/api/") :]
        for title, count in titles.items():
            if count > 1:
                self.record.report(f"{title} exists {count} times")
        known = {f"About {s.word}" for s in self.record.sessions if s.state == "present"}
        for title in titles.keys() - known:
            self.record.report(f"{title} exists, but was never confirmed")
        self._search_every_file()

    def _wait_for_the_worker(self) -> None:
        until = time.monotonic() + ERASED_WITHIN
        while time.monotonic() < until:
            content = self.insist("GET", "/api/v1/search", params={"q": "winter"}).json()
            if content["coverage"]["searchable"] == content["coverage"]["total"]:
                return
            time.sleep(1)
        self.record.report("the worker has not processed all sessions after five minutes")

    def _search_every_file(self) -> None:
        """Search every file of the home folder for words of sessions that were taken back."""
        words = [s.word for s in self.record.sessions if s.state == "removed"]
        until = time.monotonic() + ERASED_WITHIN
        found = self._holding(words)
        while found and time.monotonic() < until:
            time.sleep(5)
            found = self._holding(words)
        for name, word in found:
            self.record.report(f"{word} was taken back, but is in {name}")

    def _holding(self, words: list[str]) -> list[tuple[str, str]]:
        found = []
        for path in self.home.rglob("*"):
            if path.is_file() and "models" not in path.parts:
                content = path.read_bytes()
                found += [(path.name, word) for word in words if word.encode() in content]
        return found


def _worker_of(site: int) -> int | None:
    """Return the process id of the worker that the process *site* started."""
    children = Path(f"/proc/{site}/task/{site}/children")
    for task in Path(f"/proc/{site}/task").glob("*/children") if children.exists() else ():
        for number in task.read_text().split():
            if b"ingest" in Path(f"/proc/{number}/cmdline").read_bytes():
                return int(number)
    return None


def _word(chance: random.Random) -> str:
    """Return a random word of 14 letters."""
    letters = chance.choices("bdfgklmnprstvz", k=7), chance.choices("aeiou", k=7)
    return "".join(c + v for c, v in zip(*letters, strict=True))


def _output(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())[-400:]


def run(trial: Trial, kills: int) -> None:
    """Run random operations, kill processes and compare the library, *kills* times."""
    quick: list[tuple[Callable[[], None], int]] = [
        (trial.add, 5),
        (trial.upload, 1),
        (trial.correct, 3),
        (trial.release, 2),
        (trial.trash, 1),
        (trial.take_back, 2),
    ]
    weighted = [act for act, weight in quick for _ in range(weight)]
    for number in range(1, kills + 1):
        which = trial.chance.choice(["site", "worker", "both"])
        timer = threading.Timer(trial.chance.uniform(0.0, 2.0), trial.kill, [which])
        timer.start()
        if number % 3 == 0:
            trial.back_up()
        elif number % 3 == 1:
            trial.reindex()
        for _ in range(OPERATIONS_BEFORE_A_KILL):
            trial.chance.choice(weighted)()
        timer.join()
        trial.restart()
        recent = [*trial.record.sessions[-25:], *trial.chance.sample(trial.record.sessions, 3)]
        trial.compare(recent)
        trial.verify()
        if number % 10 == 0:
            done = sum(trial.record.operations.values())
            print(
                f"{number} kills, {done} operations, {len(trial.record.differences)} differences",
                flush=True,
            )
    trial.compare_all()
    trial.verify()


def main() -> int:
    """Run the trial and print its totals. Return 1 if differences were found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=13)
    args = parser.parse_args()
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        trial = Trial(Path(folder), random.Random(args.seed))  # noqa: S311
        try:
            run(trial, args.kills)
        finally:
            trial.served.kill()
    record = trial.record
    print(f"kills: {dict(record.kills)}, {sum(record.kills.values())} in all")
    print(
        f"confirmed operations: {dict(record.operations)}, {sum(record.operations.values())} in all"
    )
    print(f"{len(record.differences)} differences in {(time.monotonic() - begun) / 60:.0f} minutes")
    return int(bool(record.differences))


if __name__ == "__main__":
    sys.exit(main())
