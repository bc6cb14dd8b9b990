"""Is anything lost, doubled or brought back when processes are killed?

`python -m benchmarks.kills` serves a library and does what people do with it by the API and the
command line, while the site, the worker, or both are killed (SIGKILL) at random moments. A request
that was cut off is sent again with the same Idempotency-Key. After each kill the library is
compared with what was acknowledged, and `living-history verify` is run. The acts are: add a note,
upload a file in pieces, correct a transcript, release, move to the trash, take back, back up,
restore, reindex. Every complaint is printed; the last lines are the figures. `--kills` and `--seed`
choose how many kills and which; nothing outside a temporary folder is touched.
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
from tests import serving
from tests.builders import add_account

TUS = {"Tus-Resumable": "1.0.0"}
PATIENCE = 120.0  # seconds in which the site has to answer again after a kill
GONE_WITHIN = 300.0  # seconds in which taken-back words leave every file
UNLIMITED = {
    "LIVING_HISTORY_SIGN_IN_LIMIT": "100000 per minute",
    "LIVING_HISTORY_ACCOUNT_LIMIT": "100000 per hour",
}
ACTS_BEFORE_A_KILL = 11


@dataclass
class Session:
    """A session as it was acknowledged."""

    id: int
    word: str  # stands in its title and in its note
    said: str  # a word of the newest acknowledged correction
    state: str = "here"  # here, trash, gone
    unsure: str = ""  # an act whose answer was cut off
    released: bool = False


@dataclass
class Books:
    """What was acknowledged, and what was found to be otherwise."""

    sessions: list[Session] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def complain(self, sentence: str) -> None:
        """Print a complaint and keep it."""
        self.complaints.append(sentence)
        print(f"COMPLAINT {sentence}", flush=True)


class Trial:
    """One library, the processes that serve it, and the books about it."""

    def __init__(self, place: Path, chance: random.Random) -> None:
        self.home, self.place, self.chance, self.books = place / "home", place, chance, Books()
        library = open_library(read_settings(home=self.home))
        owner = add_account(library, "Ada Owner", Role.ADMIN)
        with library.transaction() as db:
            _, secret = tokens.add(db, owner.id, "kills", scopes=list(Scope))
        library.close()
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {secret}"
        self.served = serving.start(self.home, **UNLIMITED)

    # -- processes ------------------------------------------------------------------------------

    def kill(self, which: str) -> None:
        """Kill the site, the worker, or both, as a power cut does."""
        worker = _worker_of(self.served.process.pid)
        if which in {"site", "both"}:
            self.served.process.kill()
        if which in {"worker", "both"} and worker is not None:
            os.kill(worker, signal.SIGKILL)
        self.books.kills[which] += 1

    def up_again(self) -> None:
        """Start the site again if it is dead, and wait until it answers."""
        if self.served.process.poll() is not None:
            self.served.kill()
            self.served = serving.start(self.home, **UNLIMITED)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `living-history` on this home."""
        return subprocess.run(
            [sys.executable, "-m", "web", "--home", str(self.home), *words],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | UNLIMITED,
        )

    # -- requests -------------------------------------------------------------------------------

    def ask(self, method: str, path: str, **more: Any) -> requests.Response | None:
        """Send a request; None where the connection was cut."""
        try:
            return self.http.request(method, f"{self.served.address}{path}", timeout=60, **more)
        except requests.RequestException:
            return None

    def insist(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send a request until it is answered, also by a site that was started again."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self.ask(method, path, **more)
            if answer is not None and answer.status_code != 503:
                return answer
            self.up_again()
            time.sleep(0.2)
        raise TimeoutError(f"{method} {path} was not answered in {PATIENCE:.0f} s")

    # -- acts -----------------------------------------------------------------------------------

    def add(self) -> None:
        """Add a note; where the answer was cut off, send the same request again."""
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
        """Upload a note in pieces, ask after each cut how much has arrived, and add it."""
        word = _word(self.chance)
        content = (f"What {word} taught me.\n\n" + "Patience and a list. " * 2000).encode()
        name = base64.b64encode(f"{word}.md".encode()).decode()
        head = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
        answer = self.insist("POST", "/uploads/", headers=TUS | head)
        if answer.status_code != 201:
            return self.books.complain(f"an upload was not begun: {answer.status_code}")
        place = answer.headers["Location"].removeprefix(self.served.address)
        place = place[place.index("/uploads/") :]
        acknowledged = 0
        while acknowledged < len(content):
            at = int(self.insist("HEAD", place, headers=TUS).headers.get("Upload-Offset", -1))
            if at < acknowledged:
                return self.books.complain(f"upload {word}: {acknowledged} bytes became {at}")
            piece = content[at : at + 8_000]
            send = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
            done = self.ask("PATCH", place, data=piece, headers=TUS | send)
            if done is not None and done.status_code == 204:
                acknowledged = int(done.headers["Upload-Offset"])
            else:
                self.up_again()
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
            self.books.complain(f"{kind} {word}: {answer.status_code} {answer.text[:200]}")
            return
        self.books.sessions.append(Session(answer.json()["session_id"], word, word))
        self.books.acts[kind] += 1

    def correct(self) -> None:
        """Write one more word into a transcript."""
        if (session := self._some()) is None:
            return
        path = f"/api/v1/sessions/{session.id}"
        source_id = self.insist("GET", path).json()["sources"][0]["source_id"]
        path = f"{path}/transcript/{source_id}"
        read = self.insist("GET", path)
        if read.status_code != 200:  # the worker has not taken it in yet
            return
        word = _word(self.chance)
        pieces = [{"keep": 0}, {"text": f"And {word} too.", "speaker": ""}]
        answer = self.ask(
            "PUT", path, json={"pieces": pieces}, headers={"If-Match": read.headers["ETag"]}
        )
        if answer is None:
            session.unsure = f"corrected {word}"
        elif answer.status_code == 200:
            session.said, session.unsure = word, ""
            self.books.acts["correct"] += 1

    def release(self) -> None:
        """Let all members find a session; its owner alone speaks in it."""
        if (session := self._some()) is None:
            return
        path = f"/api/v1/sessions/{session.id}"
        tag = self.insist("GET", path).headers.get("ETag", "")
        wanted = {"visibility": "members"}
        answer = self.ask("PATCH", path, json=wanted, headers={"If-Match": tag})
        if answer is not None and answer.status_code == 200:
            session.released = True
            self.books.acts["release"] += 1

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
            session.unsure = kind
        elif answer.ok:
            session.state = "gone" if params else "trash"
            self.books.acts[kind] += 1

    def back_up(self) -> None:
        """Write a backup, check it, restore it, and check what was restored."""
        number = self.books.acts["back up"]
        file, folder = self.place / f"{number}.backup", self.place / f"restored-{number}"
        made = self.command("backup", str(file))
        if made.returncode != 0:
            return self.books.complain(f"backup: {_told(made)}")
        self.books.acts["back up"] += 1
        restored = self.command("restore", str(file), str(folder))
        if restored.returncode != 0:
            return self.books.complain(f"restore: {_told(restored)}")
        checked = subprocess.run(
            [sys.executable, "-m", "web", "--home", str(folder), "verify"],
            capture_output=True,
            text=True,
            check=False,
        )
        if checked.returncode != 0:
            self.books.complain(f"a restored library: {_told(checked)}")
        self.books.acts["restore"] += 1
        subprocess.run(["rm", "-r", str(folder), str(file)], check=True)
        return None

    def reindex(self) -> None:
        """Embed what is not embedded yet, from the command line."""
        done = self.command("reindex")
        if done.returncode != 0:
            self.books.complain(f"reindex: {_told(done)}")
        else:
            self.books.acts["reindex"] += 1

    def _some(self) -> Session | None:
        """Return a session that is here and of which nothing is unsure."""
        here = [s for s in self.books.sessions if s.state == "here" and not s.unsure]
        return self.chance.choice(here[-60:]) if here else None

    # -- comparing ------------------------------------------------------------------------------

    def compare(self, sessions: list[Session]) -> None:
        """Compare sessions with what was acknowledged of them."""
        for session in sessions:
            answer = self.insist("GET", f"/api/v1/sessions/{session.id}")
            if session.unsure in {"trash", "take back"}:
                # The answer was cut off: either is right, and holds from now on.
                gone = "gone" if session.unsure == "take back" else "trash"
                session.state = "here" if answer.status_code == 200 else gone
                session.unsure = ""
            there = answer.status_code == 200
            if there != (session.state == "here"):
                wanted = f"should be {session.state}, but answers {answer.status_code}"
                self.books.complain(f"session {session.id} ({session.word}) {wanted}")
            if there and session.word not in answer.json()["title"]:
                self.books.complain(f"session {session.id} has the title {answer.json()['title']}")

    def compare_words(self, sessions: list[Session]) -> None:
        """Compare the words of sessions that are here, and what others may find."""
        for session in (s for s in sessions if s.state == "here"):
            path = f"/api/v1/sessions/{session.id}"
            read = self.insist("GET", f"{path}/transcript")
            text = read.text if read.status_code == 200 else ""
            if session.unsure.startswith("corrected "):
                word = session.unsure.removeprefix("corrected ")
                session.said = word if word in text else session.said
                session.unsure = ""
            if session.said not in text:
                self.books.complain(f"session {session.id} does not say {session.said} any more")
            if session.released:
                told = self.insist("GET", f"{path}/release").json()
                if told.get("release") != "released":
                    self.books.complain(f"session {session.id} is {told.get('release')}")

    def verify(self) -> None:
        """Run `living-history verify`."""
        done = self.command("verify")
        if done.returncode != 0:
            self.books.complain(f"verify: {_told(done)}")

    def compare_all(self) -> None:
        """Compare everything, also that nothing came in twice and no word came back."""
        self._until_all_is_taken_in()
        self.compare(self.books.sessions)
        self.compare_words(self.books.sessions)
        titles: Counter[str] = Counter()
        path: str | None = "/api/v1/sessions?limit=100"
        while path:
            told = self.insist("GET", path).json()
            titles.update(one["title"] for one in told["sessions"])
            path = told["next"] and told["next"][told["next"].index("/api/") :]
        for title, count in titles.items():
            if count > 1:
                self.books.complain(f"{title} is there {count} times")
        known = {f"About {s.word}" for s in self.books.sessions if s.state == "here"}
        for title in titles.keys() - known:
            self.books.complain(f"{title} is there, and was never acknowledged")
        self._search_every_file()

    def _until_all_is_taken_in(self) -> None:
        until = time.monotonic() + GONE_WITHIN
        while time.monotonic() < until:
            told = self.insist("GET", "/api/v1/search", params={"q": "winter"}).json()
            if told["coverage"]["searchable"] == told["coverage"]["total"]:
                return
            time.sleep(1)
        self.books.complain("after five minutes the worker has not taken in everything")

    def _search_every_file(self) -> None:
        """Look for words that were taken back, in every byte of the home folder."""
        gone = [s.word for s in self.books.sessions if s.state == "gone"]
        until = time.monotonic() + GONE_WITHIN
        found = self._holding(gone)
        while found and time.monotonic() < until:
            time.sleep(5)
            found = self._holding(gone)
        for name, word in found:
            self.books.complain(f"{word} was taken back and stands in {name}")

    def _holding(self, words: list[str]) -> list[tuple[str, str]]:
        found = []
        for path in self.home.rglob("*"):
            if path.is_file() and "models" not in path.parts:
                content = path.read_bytes()
                found += [(path.name, word) for word in words if word.encode() in content]
        return found


def _worker_of(site: int) -> int | None:
    """Return the process id of the worker that the site *site* started."""
    children = Path(f"/proc/{site}/task/{site}/children")
    for task in Path(f"/proc/{site}/task").glob("*/children") if children.exists() else ():
        for number in task.read_text().split():
            if b"ingest" in Path(f"/proc/{number}/cmdline").read_bytes():
                return int(number)
    return None


def _word(chance: random.Random) -> str:
    """Return a word that stands nowhere else."""
    letters = chance.choices("bdfgklmnprstvz", k=7), chance.choices("aeiou", k=7)
    return "".join(c + v for c, v in zip(*letters, strict=True))


def _told(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())[-400:]


def run(trial: Trial, kills: int) -> None:
    """Kill and compare, again and again."""
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
        for _ in range(ACTS_BEFORE_A_KILL):
            trial.chance.choice(weighted)()
        timer.join()
        trial.up_again()
        recent = [*trial.books.sessions[-25:], *trial.chance.sample(trial.books.sessions, 3)]
        trial.compare(recent)
        trial.verify()
        if number % 10 == 0:
            done = sum(trial.books.acts.values())
            print(
                f"{number} kills, {done} acts, {len(trial.books.complaints)} complaints", flush=True
            )
    trial.compare_all()
    trial.verify()


def main() -> int:
    """Run the trial and print its figures."""
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
    books = trial.books
    print(f"kills: {dict(books.kills)}, {sum(books.kills.values())} in all")
    print(f"acknowledged acts: {dict(books.acts)}, {sum(books.acts.values())} in all")
    print(f"{len(books.complaints)} complaints in {(time.monotonic() - begun) / 60:.0f} minutes")
    return int(bool(books.complaints))


if __name__ == "__main__":
    sys.exit(main())
