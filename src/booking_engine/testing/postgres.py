"""A PostgreSQL server of a test's own: a real one, on a loopback port, with its data in a temporary folder.

    with PostgresServer() as server:
        address = server.fresh_database()

Nothing is installed by hand and nothing outside the temporary folder is touched; ``postgres_programs`` says where the
programs come from and how ``BOOKING_ENGINE_POSTGRES`` chooses. Writes are as durable as PostgreSQL makes them by
default: nothing is switched off, ``settings`` can. Whoever connects gives a password that is made anew for each server.

A server does not outlive the process that started it. ``with``, ``stop()`` and the interpreter's exit stop it; a
process that dies without a word (SIGTERM and SIGKILL do that to Python) is noticed by a watcher, a shell that waits for
the end of a pipe, which then stops the server and removes the folder. A process that was forked off holds that pipe
too: while one lives on, so does the server. Windows has no watcher, and there PostgreSQL wants an account without
administrative rights.
"""

from __future__ import annotations

import atexit
import os
import random
import secrets
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from booking_engine.testing.postgres_programs import PostgresNotFound, PostgresSkipped, find_programs
from booking_engine.testing.postgres_workplace import SECONDS_MAX, PostgresFailed, Workplace

__all__ = ["HOST", "USER", "PostgresFailed", "PostgresNotFound", "PostgresServer", "PostgresSkipped"]

HOST, USER = "127.0.0.1", "booking"
_PORTS = range(20_000, 32_000)  # below those that systems give to outgoing connections: still free at a restart
_POLL_SECONDS = 0.01


class PostgresServer:
    """A server with one superuser, and databases that are made as they are wanted.

    ``settings`` are parameters of postgresql.conf; ``port`` is a free one unless given and stays the same over
    restarts; the temporary folder is made in ``directory``, so that a benchmark chooses the disk; ``choice`` goes
    before the environment variable. Raises what ``find_programs`` raises.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        port: int | None = None,
        directory: Path | None = None,
        choice: str | None = None,
    ) -> None:
        self.port = port or _free_port()
        self.password = secrets.token_urlsafe(16)
        self._found = find_programs(choice)
        ours = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": ""}
        self._settings = {**(settings or {}), **ours}
        self._directory = directory
        self._starter = 0
        self._workplace: Workplace | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Self:
        """Make the folder and start; ``PostgresFailed`` with the server's log when it is not ready in time."""
        if self._workplace is not None:
            raise PostgresFailed("the server is started already")
        self._workplace, self._starter = Workplace(self._found, self._directory), os.getpid()
        atexit.register(self.stop)
        try:
            self._workplace.watch()
            self._create_cluster()
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop at once and remove the folder with the data. A second call does nothing, nor one from a fork."""
        if self._workplace is None or self._starter != os.getpid():
            return
        atexit.unregister(self.stop)
        try:
            self._halt("immediate")
        finally:
            self._workplace.remove()
            self._workplace = None

    def restart(self, mode: Literal["immediate", "fast"] = "fast") -> None:
        """Stop and start on the same port and data: ``immediate`` as after a crash, ``fast`` in order."""
        self._halt(mode)
        self._launch()

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as drivers take it."""
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{quote(database, safe='')}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database, empty or a copy of ``template``, to which nobody is connected; its address."""
        self.sql(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}")
        return self.url(name)

    def fresh_database(self, template: str = "template1") -> str:
        """The same with a name of its own."""
        return self.create_database(f"fresh_{secrets.token_hex(6)}", template)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement, or several as one transaction: its rows, one a line, columns parted by ``|``."""
        options = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
        return self.client("psql", *options).removesuffix("\n")

    def client(self, name: str, *arguments: str, seconds_max: float = SECONDS_MAX) -> str:
        """Run a client program of PostgreSQL's own in the folder, told where and as whom to connect; what it prints."""
        told = {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": USER, "PGPASSWORD": self.password}
        return self._at_work.run(name, *arguments, environment=told, seconds_max=seconds_max)

    def log(self) -> str:
        """What the server wrote down so far."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def folder(self) -> Path:
        """Where everything of this server lies while it runs."""
        return self._at_work.folder

    @property
    def programs(self) -> Path:
        """The folder of the programs that it runs from."""
        return self._at_work.programs

    @property
    def pid(self) -> int:
        """The server's process; another one after each restart."""
        if self._process is None:
            raise PostgresFailed("the server is not started")
        return self._process.pid

    @property
    def _at_work(self) -> Workplace:
        if self._workplace is None:
            raise PostgresFailed("the server is not started")
        return self._workplace

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _create_cluster(self) -> None:
        password = self._at_work.write("password", self.password)
        # Unsynced is the making alone: what a crash of the machine does to a temporary folder is of no interest.
        options = ("--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={password}")
        self._at_work.run("initdb", *options, f"--username={USER}", "-D", str(self._data))
        password.unlink()

    def _launch(self) -> None:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        log = self.folder / "server.log"
        self._process = self._at_work.spawn("postgres", "-D", str(self._data), *settings, log=log)
        give_up = monotonic() + SECONDS_MAX
        while not self._is_ready():
            if self._process.poll() is not None or monotonic() > give_up:
                raise PostgresFailed(f"the server did not start:\n{self.log()}")
            sleep(_POLL_SECONDS)

    def _is_ready(self) -> bool:
        """Whether the server says so in its own lock file: an answer on the port might come from another one."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _halt(self, mode: str) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            self._at_work.run("pg_ctl", "stop", "-s", "-m", mode, "-D", str(self._data))
            process.wait(SECONDS_MAX)
        except BaseException:
            process.kill()
            process.wait()
            raise


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise PostgresFailed(f"no free port from {_PORTS.start} to {_PORTS.stop - 1}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
