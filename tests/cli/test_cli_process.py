"""The command as a process: how it ends, what it does when its reader is gone, and what it needs to start."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from cli_support import CLINIC, CLOCK, ENVIRONMENT, SCRIPT

from booking_engine.adapters.cli.progress import Progress

VERIFY = b'{"do": "verify"}\n'
VERIFIED = {"line": 1, "status": 200, "body": {"ok": True, "differences": []}}


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC, encoding="utf-8")
    return path


@pytest.fixture
def replay(clinic: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A replay that waits for requests."""
    command: list[str | Path] = [SCRIPT, "replay", clinic, "-", "--json", "--clock", CLOCK]
    pipe = subprocess.PIPE
    # Tests that run in the background inherit an ignored Ctrl-C; children would too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=ENVIRONMENT)  # noqa: S603 (our own script)
    signal.signal(signal.SIGINT, before)
    with process:
        yield process
        process.kill()


def ask(replay: subprocess.Popen[bytes], line: bytes = VERIFY) -> bytes:
    assert replay.stdin is not None
    assert replay.stdout is not None
    replay.stdin.write(line)
    replay.stdin.flush()
    return replay.stdout.readline()


def stderr_of(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stderr is not None
    return process.stderr.read()


def test_each_answer_is_there_before_the_next_request(replay: subprocess.Popen[bytes]) -> None:
    assert json.loads(ask(replay)) == VERIFIED
    assert json.loads(ask(replay)) == {**VERIFIED, "line": 2}
    assert replay.stdin is not None
    replay.stdin.close()
    assert replay.wait() == 0
    assert stderr_of(replay) == b""


def test_ctrl_c_ends_it_with_one_word(replay: subprocess.Popen[bytes]) -> None:
    assert json.loads(ask(replay)) == VERIFIED
    replay.send_signal(signal.SIGINT)
    assert replay.wait(timeout=30) == 130
    assert stderr_of(replay) == b"\nStopped.\n"


def test_a_reader_who_leaves_ends_it_quietly(replay: subprocess.Popen[bytes]) -> None:
    assert json.loads(ask(replay)) == VERIFIED
    assert replay.stdin is not None
    assert replay.stdout is not None
    replay.stdout.close()
    replay.stdin.write(VERIFY)
    replay.stdin.close()
    assert replay.wait() == 0
    assert stderr_of(replay) == b""


def test_a_reader_who_never_came_ends_it_quietly(clinic: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command: list[str | Path] = [SCRIPT, "replay", clinic, "-", "--clock", CLOCK]
    run = subprocess.run(command, input=VERIFY, stdout=write, stderr=subprocess.PIPE, check=False)  # noqa: S603
    os.close(write)
    assert (run.returncode, run.stderr) == (0, b"")


def test_json_is_utf8_and_text_is_shown_as_far_as_possible(clinic: Path) -> None:
    clinic.write_text(CLINIC.replace("Sunrise Clinic", "Søndag"), encoding="utf-8")
    ascii_only = {**ENVIRONMENT, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    line = b'{"do": "configure", "body": {"enabled": true}}\n'
    command: list[str | Path] = [SCRIPT, "replay", clinic, "-"]
    in_json, in_text = (
        subprocess.run([*command, *mode], input=line, env=ascii_only, capture_output=True, check=True).stdout  # noqa: S603
        for mode in (["--json"], [])
    )
    assert json.loads(in_json.decode("utf-8"))["body"]["data"]["name"] == "Søndag"
    assert b"configure         S?ndag is configured\n" in in_text


def test_the_demo_of_the_installed_script(tmp_path: Path) -> None:
    run = subprocess.run([SCRIPT, "demo"], capture_output=True, check=True, cwd=tmp_path, env=ENVIRONMENT)  # noqa: S603
    assert run.stderr == b""
    assert b"\x1b[" not in run.stdout
    assert run.stdout.decode().endswith("The files are in the project's folder examples/.\n\n")


def test_without_its_extra_it_says_what_to_install() -> None:
    script = "import sys; sys.modules['click'] = None; from booking_engine.adapters.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "booking-engine needs click: pip install 'booking-engine[cli]'\n"


def test_phones_are_compared_as_written_where_the_phone_extra_is_missing(clinic: Path) -> None:
    clinic.write_text(CLINIC.replace('"UTC"', '"UTC"\ndefault_region = "IN"'), encoding="utf-8")
    script = (
        "import sys; sys.modules['phonenumbers'] = None; sys.argv[1:] = ['replay', sys.argv[1], '-'];"
        "from booking_engine.adapters.cli import main; main()"
    )
    command = [sys.executable, "-c", script, str(clinic)]
    run = subprocess.run(command, input="", capture_output=True, text=True, check=False)  # noqa: S603
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"{clinic}:7: config.default_region: is not known to the engine's phone normaliser; "
        "install booking-engine[phone] and give the engine phones=E164Phones()\n"
    )


# --- On a terminal --------------------------------------------------------------------------------------------------


def on_a_terminal(command: list[str | Path], **environment: str) -> bytes:
    """What a terminal receives from a command that succeeds, on its standard output alone."""
    main, terminal = pty.openpty()
    variables = {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "80", **environment}
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.DEVNULL, env=variables) as process:  # noqa: S603
        os.close(terminal)
        received = b"".join(iter(lambda: read_or_nothing(main), b""))
    os.close(main)
    assert process.returncode == 0
    return received


def read_or_nothing(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_a_terminal_gets_colours_unless_it_declines(clinic: Path, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(VERIFY)
    command: list[str | Path] = [SCRIPT, "replay", clinic, requests]
    assert b"\x1b[32m\x1b[1m200\x1b[0m  verify " in on_a_terminal(command)
    assert b"  200  verify " in on_a_terminal(command, NO_COLOR="1")
    assert b"\x1b[" not in on_a_terminal([*command, "--json"])


# --- Progress -------------------------------------------------------------------------------------------------------


class Screen:
    """A stream that remembers what was written, and may be a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        self.written = ""
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None:
        pass

    def taken(self) -> str:
        text, self.written = self.written, ""
        return text


class Stopwatch:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def progress(screen: Screen, size: int | None, watch: Stopwatch) -> Progress:
    stream: IO[str] = screen  # type: ignore[assignment]
    return Progress(stream, size, watch)  # type: ignore[arg-type]


def test_progress_waits_until_somebody_could_wonder_and_then_takes_its_time() -> None:
    screen, watch = Screen(terminal=True), Stopwatch()
    shown = progress(screen, 2_000, watch)
    for seconds, expected in (
        (0.4, ""),
        (0.5, "\r\x1b[K 50 %  1,234 lines"),
        (0.55, ""),
        (0.6, "\r\x1b[K 50 %  1,234 lines"),
    ):
        watch.seconds = seconds
        shown.show(1_000, 1_234)
        assert screen.taken() == expected


def test_progress_never_exceeds_all_and_knows_no_share_of_what_has_no_end() -> None:
    screen, watch = Screen(terminal=True), Stopwatch()
    for size, expected in ((10, "\r\x1b[K100 %  3 lines"), (None, "\r\x1b[K3 lines")):
        shown = progress(screen, size, watch)
        watch.seconds += 1
        shown.show(11, 3)
        assert screen.taken() == expected


def test_progress_counts_what_it_is_told_to() -> None:
    screen, watch = Screen(terminal=True), Stopwatch()
    stream: IO[str] = screen  # type: ignore[assignment]
    shown = Progress(stream, 2_000, watch, noun="organisations")  # type: ignore[arg-type]
    watch.seconds = 1
    shown.show(1_000, 1_000)
    assert screen.taken() == "\r\x1b[K 50 %  1,000 organisations"


def test_progress_is_taken_away_once() -> None:
    screen, watch = Screen(terminal=True), Stopwatch()
    shown = progress(screen, None, watch)
    shown.clear()
    assert screen.taken() == ""
    watch.seconds = 1
    shown.show(1, 1)
    screen.taken()
    shown.clear()
    shown.clear()
    assert screen.taken() == "\r\x1b[K"


def test_progress_is_for_terminals() -> None:
    screen, watch = Screen(terminal=False), Stopwatch()
    shown = progress(screen, 10, watch)
    watch.seconds = 1
    shown.show(5, 5)
    shown.clear()
    assert screen.written == ""
