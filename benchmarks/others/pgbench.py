"""The baseline is the least that PostgreSQL can do for a booking: one prepared statement, sent by ``pgbench``.

The statement takes a place if there is one, and writes the rows that a booking of ours writes: the counter, the
appointment and the event. It has the same guards, as constraints: one appointment a reference, one a name. It knows no
rules: no notice, no windows, no doctors, nothing that has to be read first.

``python -m others.pgbench [--clients 1 4 8] [--seconds 3] [--directory FOLDER] [--choice wheel]`` in ``benchmarks/``
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from measuring import percentile, print_table

from booking_engine.testing.postgres import PostgresNotFound, PostgresServer
from booking_engine.testing.postgres_programs import VARIABLE, program

CLIENTS = (1, 4, 8, 16, 32, 128)
WINDOWS = {"hot": 1, "spread": 1_000}
"""How many window-dates the bookings go to, by the name of the case."""
SERVER_SETTINGS = {"max_connections": str(max(CLIENTS) + 12)}
"""What the server must be started with."""
_START_SECONDS = 60
_CONNECTED_A_SECOND = 64
"""On a busy machine."""
_LOG_PREFIX = "pgbench_log"

TABLES = """
DROP TABLE IF EXISTS counter, appointment, event;
CREATE TABLE counter (
    org_id text, calendar_id text, date date, service_id text,
    filled int NOT NULL CHECK (filled >= 0), ai_filled int NOT NULL CHECK (ai_filled >= 0),
    PRIMARY KEY (org_id, calendar_id, date, service_id)
) WITH (fillfactor = 50);
CREATE TABLE appointment (
    org_id text, appointment_id text, service_id text NOT NULL, branch_id text NOT NULL, calendar_id text NOT NULL,
    start timestamptz NOT NULL, duration_minutes int NOT NULL, date date NOT NULL, session text NOT NULL, batch text,
    patient_name text NOT NULL, parent_phone text NOT NULL, phone_key text NOT NULL, assigned_doctor text, notes text,
    status text NOT NULL, external_reference_id text, booked_via text NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, token int, version int NOT NULL,
    PRIMARY KEY (org_id, appointment_id)
);
CREATE UNIQUE INDEX appointment_reference ON appointment (org_id, external_reference_id) WHERE status <> 'cancelled';
CREATE UNIQUE INDEX appointment_name ON appointment (org_id, phone_key, service_id, date)
    WHERE status IN ('confirmed', 'rescheduled');
CREATE TABLE event (
    org_id text, event_id text, name text NOT NULL, subject_id text NOT NULL, version int NOT NULL,
    at timestamptz NOT NULL, channel text NOT NULL, actor text, record jsonb NOT NULL,
    PRIMARY KEY (org_id, event_id)
);
"""
COUNTERS = """
INSERT INTO counter
SELECT 'org_clinic', 'cal_' || number % 5, date '2027-01-01' + number / 5, 'svc_checkup', 0, 0
FROM generate_series(0, {last}) number;
"""
# Ids are as long and as scattered as ours. What is sent as a parameter is text until a cast says otherwise.
BOOKING = """
\\set number random(0, {last})
\\set id random(1000000000000000000, 9000000000000000000)
\\set calendar :number % 5
\\set day :number / 5
WITH taken AS (
    UPDATE counter SET filled = filled + 1, ai_filled = ai_filled + 1
    WHERE org_id = 'org_clinic' AND calendar_id = 'cal_' || :calendar::text AND date = date '2027-01-01' + :day::int
        AND service_id = 'svc_checkup' AND filled < 1000000000 AND ai_filled < 800000000
    RETURNING calendar_id, date
), booked AS (
    INSERT INTO appointment
    SELECT 'org_clinic', 'appt_aaaaaaa' || :id::text, 'svc_checkup', 'branch_main', calendar_id,
        timestamptz '2027-01-01 05:00Z', 15, date, 'morning', NULL,
        'Patient Number 12345', '+' || :id::text, '+' || :id::text, 'Dr. Number 12', NULL,
        'confirmed', 'call-' || :id::text, 'ai_agent',
        timestamptz '2026-12-01 05:00Z', timestamptz '2026-12-01 05:00Z', NULL, 1
    FROM taken
    RETURNING *
)
INSERT INTO event
SELECT org_id, 'evt_aaaaaaaa' || :id::text, 'appointment.created', appointment_id, version,
    created_at, booked_via, 'voice-agent', to_jsonb(booked)
FROM booked;
"""


class Baseline(NamedTuple):
    """What one run of ``pgbench`` found: bookings a second, and the milliseconds that one takes."""

    case: str
    clients: int
    per_second: float
    average_ms: float
    p50_ms: float
    p99_ms: float
    bookings: int


def measured(
    server: PostgresServer, cases: Sequence[str] = tuple(WINDOWS), clients: Sequence[int] = CLIENTS, seconds: int = 5
) -> Iterator[Baseline]:
    """One run for each case and number of clients, in a database of its own that is emptied before each of them."""
    require(server)
    database = server.fresh_database().rpartition("/")[2]
    for case in cases:
        for number in clients:
            yield run(server, database, case, number, seconds)


def require(server: PostgresServer) -> None:
    """Raise ``PostgresNotFound`` where the server came without ``pgbench``."""
    if not program(server.programs, "pgbench").is_file():
        raise PostgresNotFound(
            f"no pgbench in {server.programs}: install PostgreSQL with its client programs and set {VARIABLE}=installed"
        )


def run(server: PostgresServer, database: str, case: str, clients: int, seconds: int) -> Baseline:
    """One run; an ``AssertionError`` when not every booking wrote all its rows."""
    last = WINDOWS[case] - 1
    server.sql(TABLES + COUNTERS.format(last=last), database)
    server.sql("VACUUM ANALYZE counter", database)
    server.sql("CHECKPOINT", database)
    script = server.folder / f"{case}.sql"
    script.write_text(BOOKING.format(last=last), encoding="utf-8")
    threads = min(clients, os.cpu_count() or 1)
    lasts = seconds + clients // _CONNECTED_A_SECOND  # what connecting takes is in the duration and not in the rate
    options = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(threads), "-T", str(lasts), "-f", str(script)]
    options += ["--log", f"--log-prefix={_LOG_PREFIX}", database]
    printed = server.client("pgbench", *options, seconds_max=seconds + _START_SECONDS)
    found = _baseline(case, clients, printed, sorted(_latencies_ms(server.folder)))
    assert server.sql(ROWS, database) == "|".join([str(found.bookings)] * 4)
    return found


ROWS = """
SELECT (SELECT sum(filled) FROM counter), (SELECT sum(ai_filled) FROM counter),
    (SELECT count(*) FROM appointment), (SELECT count(*) FROM event)
"""


def _baseline(case: str, clients: int, printed: str, taken_ms: Sequence[float]) -> Baseline:
    bookings = int(_printed(r"number of transactions actually processed: (\d+)", printed))
    assert len(taken_ms) == bookings, "the log holds every transaction"
    return Baseline(
        case,
        clients,
        float(_printed(r"^tps = ([\d.]+) \(without initial connection time\)", printed)),
        float(_printed(r"^latency average = ([\d.]+) ms", printed)),
        percentile(taken_ms, 0.50),
        percentile(taken_ms, 0.99),
        bookings,
    )


def _printed(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def _latencies_ms(folder: Path) -> Iterator[float]:
    """What each transaction took, from the logs, one a thread; they are removed."""
    for log in folder.glob(f"{_LOG_PREFIX}.*"):
        for line in log.read_text(encoding="ascii").splitlines():
            _client, _transaction, microseconds, *_rest = line.split()
            yield int(microseconds) / 1_000
        log.unlink()


def print_baselines(found: Iterable[Baseline]) -> None:
    """One line a run."""
    rows = [
        [
            each.case,
            f"{each.clients}",
            f"{each.per_second:,.0f}",
            f"{each.average_ms:.2f}",
            f"{each.p50_ms:.2f}",
            f"{each.p99_ms:.2f}",
            f"{each.bookings:,}",
        ]
        for each in found
    ]
    print_table(["window-dates", "clients", "bookings/s", "average ms", "p50 ms", "p99 ms", "bookings"], rows)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, nargs="+", default=list(CLIENTS))
    options.add_argument("--cases", nargs="+", choices=list(WINDOWS), default=list(WINDOWS))
    options.add_argument("--seconds", type=int, default=5, help="what one run takes")
    options.add_argument("--directory", type=Path, help="where the data lies, on a real disk")
    options.add_argument("--choice", help=f"goes before {VARIABLE}")
    chosen = options.parse_args()
    with PostgresServer(SERVER_SETTINGS, directory=chosen.directory, choice=chosen.choice) as server:
        print_baselines(measured(server, chosen.cases, chosen.clients, chosen.seconds))


if __name__ == "__main__":
    main()
