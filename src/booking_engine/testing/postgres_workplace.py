"""A workplace is the temporary folder of a server, and the account in whose name its processes run there.

PostgreSQL refuses to run as root: then the account is ``nobody``, who is given the folder and no other. For everybody
else it is their own. Nothing of the caller's PostgreSQL settings and home reaches a process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from booking_engine.testing.postgres_programs import copy_of_wheel, program

SECONDS_MAX = 60
"""What one program may take unless it is told: starting, stopping, a statement."""
# The shell's stdin is a pipe whose other end dies with the process that is watched.
_WATCH = 'cat >/dev/null; "$1" stop -s -m immediate -D "$2/data"; rm -rf "$2"'


class _Account(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class _Surroundings(_Account):
    """What every process gets: by name, so that a type checker can tell which ``Popen`` it makes."""

    cwd: Path
    env: dict[str, str]


class PostgresFailed(RuntimeError):
    """A server or one of its programs failed; the text holds what it said."""


class Workplace:
    """A new folder in ``directory`` (the system's temporary one unless given), with ``programs`` that run in it."""

    def __init__(self, programs: Path, directory: Path | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="booking-engine-postgres-", dir=directory)).resolve()
        self._account = _unprivileged()
        self._watcher: subprocess.Popen[bytes] | None = None
        self._hand_over(self.folder)
        self.programs = programs if self._can_run(programs) else self._copied(programs)

    def run(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None, seconds_max: float = SECONDS_MAX
    ) -> str:
        """What a program prints when it comes to its end in time and without error."""
        command = [str(program(self.programs, name)), *arguments]
        done: subprocess.CompletedProcess[str]
        try:
            done = subprocess.run(  # noqa: S603 (programs that were looked for, text of ours)
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds_max,
                **self._surroundings(environment),
            )
        except subprocess.TimeoutExpired:
            raise PostgresFailed(f"{name} took more than {seconds_max} s") from None
        if done.returncode != 0:
            raise PostgresFailed(f"{name} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def spawn(self, name: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a program that stays, in a session of its own: an interrupt from the keyboard is for the tests."""
        command = [str(program(self.programs, name)), *arguments]
        with log.open("ab") as file:
            return subprocess.Popen(  # noqa: S603 (programs that were looked for, text of ours)
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                **self._surroundings(),
            )

    def write(self, name: str, text: str) -> Path:
        """A file that the account may read, and nobody else."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        self._hand_over(path)
        return path

    def watch(self) -> None:
        """From now on the server stops and the folder goes when this process ends, however it ends."""
        if sys.platform != "win32":
            command = ["/bin/sh", "-c", _WATCH, "watch", str(program(self.programs, "pg_ctl")), str(self.folder)]
            self._watcher = subprocess.Popen(  # noqa: S603 (a text of ours)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                **self._surroundings(),
            )

    def remove(self) -> None:
        """Remove the folder, and let the watcher go."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._watcher is not None:
            self._watcher.communicate()  # closes the pipe; nothing is left for it to stop

    def _surroundings(self, environment: Mapping[str, str] | None = None) -> _Surroundings:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        own = {"HOME": str(self.folder), "LC_ALL": "C"}
        return {"cwd": self.folder, "env": {**inherited, **own, **(environment or {})}, **self._account}

    def _can_run(self, programs: Path) -> bool:
        # This one loads the client's library, which lies with the others.
        command = [str(program(programs, "initdb")), "--version"]
        try:
            return subprocess.run(command, capture_output=True, check=False, **self._surroundings()).returncode == 0  # noqa: S603
        except PermissionError:
            return False

    def _copied(self, programs: Path) -> Path:
        """A copy for an account that cannot read the wheel where it lies, below somebody's closed home."""
        copied = copy_of_wheel(programs, self.folder)
        if copied is None or not self._account:
            self.remove()
            raise PostgresFailed(f"the programs in {programs} do not run here, or not as the account nobody")
        self._hand_over(*self.folder.rglob("*"))
        return copied

    def _hand_over(self, *paths: Path) -> None:
        if "user" in self._account and "group" in self._account:
            for path in paths:
                os.chown(path, self._account["user"], self._account["group"], follow_symlinks=False)


def _unprivileged() -> _Account:
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 (Windows has none)

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
