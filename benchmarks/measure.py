"""What every benchmark shares: a claim and its ratio, a command with time and memory, a house to work in."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

ROOT = Path(__file__).resolve().parent.parent
ADVENTUREWORKS = ROOT.parent / "shared" / "data" / "adventureworks"
PASSWORD = "Ebbe-und-Flut-17"


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure beside what it is held against: a budget, or a named peer measured in the same run."""

    name: str
    measured: float
    against: float
    unit: str
    what: str

    def holds(self) -> bool:
        """Whether it stays within what it is held against."""
        return self.measured <= self.against

    def line(self) -> str:
        """The claim as a row of Markdown."""
        ours, theirs = (f"{value:,.2f} {self.unit}" for value in (self.measured, self.against))
        verdict = "" if self.holds() else " **too much**"
        return (
            f"| {self.name} | {ours} | {theirs} ({self.what}) | {self.measured / self.against:.2f}{verdict} |"
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ran to its end."""

    seconds: float
    peak_megabytes: float
    out: str


@dataclass(frozen=True, slots=True)
class House:
    """A folder with a database of its own, and the terminal to it."""

    data: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the terminal needs to find it."""
        own = {
            "EINKLANG_DATA": str(self.data),
            "EINKLANG_DATABASE_URL": f"sqlite:///{self.data}/house.sqlite3",
        }
        return {**os.environ, **own}

    def run(self, *arguments: object, text: str = "") -> Run:
        """Run a command and measure it; the peak is that of the largest command so far."""
        started = time.perf_counter()
        command = [sys.executable, "-m", "einklang", *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, input=text, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} left with {done.returncode}: {done.stderr[-2000:]}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return Run(seconds, peak, done.stdout)

    @contextmanager
    def served(self, port: int) -> Iterator[str]:
        """Its pages, for as long as they are needed."""
        command = [sys.executable, "-m", "einklang", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/readyz", seconds=60)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


@contextmanager
def house() -> Iterator[House]:
    """An empty house in a folder of its own."""
    with TemporaryDirectory(prefix="einklang-benchmark-") as folder:
        found = House(Path(folder))
        found.run("migrate")
        found.run("user", "add", "vera", "--role", "vp", "--password-stdin", text=PASSWORD)
        found.run("user", "add", "adam", "--role", "admin", "--password-stdin", text=PASSWORD)
        yield found


def adventureworks() -> Path:
    """The published data beside the project."""
    if not ADVENTUREWORKS.is_dir():
        raise SystemExit(f"This benchmark needs the AdventureWorks folder at {ADVENTUREWORKS}.")
    return ADVENTUREWORKS


def wait_for(address: str, *, seconds: float) -> None:
    """Wait until an address answers."""
    last: Exception | None = None
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            build_opener().open(address, timeout=5).close()
        except (URLError, OSError) as fault:
            last = fault
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{address} did not answer within {seconds:.0f} s: {last}")


def signed_in(address: str, username: str) -> OpenerDirector:
    """A browser of sorts that has signed in."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    browser.open(f"{address}/sign-in/").close()
    token = next(cookie.value for cookie in jar if "csrf" in cookie.name) or ""
    fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    browser.open(Request(f"{address}/sign-in/", urlencode(fields).encode())).close()
    return browser


def peak_megabytes() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def median_seconds(work: Callable[[], object], times: int) -> float:
    """The middle of several measurements."""
    taken = []
    for _turn in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def tell(claims: Sequence[Claim]) -> int:
    """Print the claims as a table; 1 if one does not hold."""
    print("| Claim | Measured | Held against | Ratio |\n|---|---|---|---|")
    for claim in claims:
        print(claim.line(), flush=True)
    return 0 if all(claim.holds() for claim in claims) else 1
