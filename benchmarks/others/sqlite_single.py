"""The baseline on SQLite is the least that it can do for a booking: one transaction each, statements without an engine.

The rows are those of the baseline on PostgreSQL (``pgbench``), with the same guards as constraints, and it knows no
rules either. One connection, for SQLite lets one write at a time; the log is written ahead and every commit waits for
the disk.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

from others.pgbench import WINDOWS

TABLES = """
CREATE TABLE counter (
    org_id text, calendar_id text, date text, service_id text,
    filled int NOT NULL CHECK (filled >= 0), ai_filled int NOT NULL CHECK (ai_filled >= 0),
    PRIMARY KEY (org_id, calendar_id, date, service_id)
) WITHOUT ROWID;
CREATE TABLE appointment (
    org_id text, appointment_id text, service_id text NOT NULL, branch_id text NOT NULL, calendar_id text NOT NULL,
    start text NOT NULL, duration_minutes int NOT NULL, date text NOT NULL, session text NOT NULL, batch text,
    patient_name text NOT NULL, parent_phone text NOT NULL, phone_key text NOT NULL, assigned_doctor text, notes text,
    status text NOT NULL, external_reference_id text, booked_via text NOT NULL,
    created_at text NOT NULL, updated_at text NOT NULL, token int, version int NOT NULL,
    PRIMARY KEY (org_id, appointment_id)
);
CREATE UNIQUE INDEX appointment_reference ON appointment (org_id, external_reference_id) WHERE status <> 'cancelled';
CREATE UNIQUE INDEX appointment_name ON appointment (org_id, phone_key, service_id, date)
    WHERE status IN ('confirmed', 'rescheduled');
CREATE TABLE event (
    org_id text, event_id text, name text NOT NULL, subject_id text NOT NULL, version int NOT NULL,
    at text NOT NULL, channel text NOT NULL, actor text, record text NOT NULL,
    PRIMARY KEY (org_id, event_id)
);
"""
COUNTER = "INSERT INTO counter VALUES ('org_clinic', ?, ?, 'svc_checkup', 0, 0)"
TAKE = """
UPDATE counter SET filled = filled + 1, ai_filled = ai_filled + 1
WHERE org_id = 'org_clinic' AND calendar_id = ? AND date = ? AND service_id = 'svc_checkup'
    AND filled < 1000000000 AND ai_filled < 800000000
"""
BOOK = """
INSERT INTO appointment VALUES ('org_clinic', ?, 'svc_checkup', 'branch_main', ?,
    '2027-01-01T05:00:00.000000+00:00', 15, ?, 'morning', NULL,
    'Patient Number 12345', ?, ?, 'Dr. Number 12', NULL,
    'confirmed', ?, 'ai_agent',
    '2026-12-01T05:00:00.000000+00:00', '2026-12-01T05:00:00.000000+00:00', NULL, 1)
"""
TELL = """
INSERT INTO event
SELECT org_id, ?, 'appointment.created', appointment_id, version, created_at, booked_via, 'voice-agent', json_object(
    'org_id', org_id, 'appointment_id', appointment_id, 'service_id', service_id, 'branch_id', branch_id,
    'calendar_id', calendar_id, 'start', start, 'duration_minutes', duration_minutes, 'date', date,
    'session', session, 'batch', batch, 'patient_name', patient_name, 'parent_phone', parent_phone,
    'phone_key', phone_key, 'assigned_doctor', assigned_doctor, 'notes', notes, 'status', status,
    'external_reference_id', external_reference_id, 'booked_via', booked_via, 'created_at', created_at,
    'updated_at', updated_at, 'token', token, 'version', version)
FROM appointment WHERE org_id = 'org_clinic' AND appointment_id = ?
"""
ROWS = """
SELECT (SELECT sum(filled) FROM counter), (SELECT sum(ai_filled) FROM counter),
    (SELECT count(*) FROM appointment), (SELECT count(*) FROM event)
"""
_FIRST_DATE = date(2027, 1, 1)


def run(file: Path, case: str, seconds: float) -> tuple[float, list[float]]:
    """The seconds, and the milliseconds of each booking, into a new file; every booking wrote all its rows."""
    windows = [(f"cal_{n % 5}", (_FIRST_DATE + timedelta(days=n // 5)).isoformat()) for n in range(WINDOWS[case])]
    chosen, taken_ms = random.Random(case), list[float]()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {TABLES}")
        connection.execute("BEGIN")
        connection.executemany(COUNTER, windows)
        connection.execute("COMMIT")
        begun = now = perf_counter()
        while now < begun + seconds:
            window, number = chosen.choice(windows), str(chosen.randrange(10**18, 9 * 10**18))
            before = perf_counter()
            _book(connection, window, number)
            now = perf_counter()
            taken_ms.append((now - before) * 1_000)
        assert connection.execute(ROWS).fetchone() == (len(taken_ms),) * 4
    return now - begun, taken_ms


def _book(connection: sqlite3.Connection, window: tuple[str, str], number: str) -> None:
    calendar_id, day = window
    appointment_id, phone = f"appt_aaaaaaa{number}", f"+{number}"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(TAKE, window)
    connection.execute(BOOK, (appointment_id, calendar_id, day, phone, phone, f"call-{number}"))
    connection.execute(TELL, (f"evt_aaaaaaaa{number}", appointment_id))
    connection.execute("COMMIT")
