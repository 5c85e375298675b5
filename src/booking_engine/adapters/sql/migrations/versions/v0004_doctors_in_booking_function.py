"""The function that writes a group of bookings guards doctors' days too."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The order is that of every commit: events, catalog, doctors' days, names, appointments, counters, and within each by
# key. What cannot be written is noted and the rest goes on, so that the error in the end, which undoes everything,
# names all of it. A group does not wait for long: a lock that an application holds is waited for by who wants it,
# alone.
_BOOK = """
CREATE FUNCTION booking_book(
    p_org text, p_revision bigint, p_held_max integer,
    p_sums json, p_days json, p_event_ids json, p_actors json, p_patients json, p_doctors json, p_bodies jsonb
) RETURNS void LANGUAGE plpgsql SET lock_timeout = '250ms' AS $$
DECLARE
    v_asked constant integer := jsonb_array_length(p_bodies);
    v_events text[];
    v_sum record;
    v_written integer;
    v_moved integer[];
    v_unmet integer[] := '{}';
    v_all_written boolean := true;
BEGIN
    WITH written AS (
        INSERT INTO booking_events (org_id, event_id, subject_id, version, name, at, channel, actor, body)
        SELECT p_org, e.event_id, a.appointment_id, a.version, 'appointment.created', a.created_at, a.booked_via,
            e.actor, e.body::text
        FROM ROWS FROM (
            json_array_elements_text(p_event_ids), json_array_elements_text(p_actors), jsonb_array_elements(p_bodies)
        ) AS e (event_id, actor, body), jsonb_to_record(e.body -> 'record') AS a (
            appointment_id text, version bigint, created_at timestamptz, booked_via text
        )
        ORDER BY e.event_id COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING event_id
    )
    SELECT coalesce(array_agg(event_id), '{}') INTO v_events FROM written;
    IF cardinality(v_events) < v_asked THEN
        v_all_written := false;
        v_unmet := ARRAY(
            SELECT number - 1 FROM json_array_elements_text(p_event_ids) WITH ORDINALITY AS e (event_id, number)
            WHERE event_id <> ALL (v_events)
        );
    END IF;

    PERFORM FROM booking_organisations WHERE org_id = p_org AND revision = p_revision FOR SHARE;
    IF NOT FOUND THEN
        v_all_written := false;
        v_unmet := ARRAY(SELECT generate_series(0, v_asked - 1));
    END IF;

    IF p_days IS NOT NULL THEN
        WITH asked AS (
            SELECT * FROM json_to_recordset(p_days) AS g (
                doctor_key text, day date, grows integer, version bigint, position integer
            )
        ), written AS (
            INSERT INTO booking_doctor_days AS d (org_id, doctor_key, day, version)
            SELECT p_org, doctor_key, day, grows FROM asked ORDER BY doctor_key COLLATE "C", day
            ON CONFLICT (org_id, doctor_key, day) DO UPDATE SET version = d.version + excluded.version
            RETURNING d.doctor_key, d.day, d.version
        )
        SELECT array_agg(asked.position) INTO v_moved
        FROM asked JOIN written USING (doctor_key, day)
        WHERE written.version - asked.grows <> asked.version;
        IF v_moved IS NOT NULL THEN
            v_all_written := false;
            v_unmet := v_unmet || v_moved;
        END IF;
    END IF;

    INSERT INTO booking_duplicates AS d (org_id, phone_key, service_id, date, patient, held, holders)
    SELECT p_org, a.phone_key, a.service_id, a.date, e.patient, 1, ' ' || a.appointment_id
    FROM ROWS FROM (json_array_elements_text(p_patients), jsonb_array_elements(p_bodies)) AS e (patient, body),
        jsonb_to_record(e.body -> 'record') AS a (appointment_id text, phone_key text, service_id text, date date)
    ORDER BY a.phone_key COLLATE "C", a.service_id COLLATE "C", a.date, e.patient COLLATE "C"
    ON CONFLICT (org_id, phone_key, service_id, date, patient) DO UPDATE
    SET held = d.held + 1, holders = d.holders || excluded.holders
    WHERE d.held < p_held_max;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written < v_asked THEN
        v_all_written := false;
        v_unmet := v_unmet || ARRAY(
            SELECT e.number - 1
            FROM ROWS FROM (json_array_elements_text(p_patients), jsonb_array_elements(p_bodies))
                WITH ORDINALITY AS e (patient, body, number)
            CROSS JOIN jsonb_to_record(e.body -> 'record') AS a (
                appointment_id text, phone_key text, service_id text, date date
            )
            JOIN booking_duplicates AS d ON d.org_id = p_org AND d.phone_key = a.phone_key
                AND d.service_id = a.service_id AND d.date = a.date AND d.patient = e.patient
            WHERE position(' ' || a.appointment_id IN d.holders) = 0
        );
    END IF;

    INSERT INTO booking_appointments (
        org_id, appointment_id, service_id, branch_id, calendar_id, start, duration_minutes, date, session, batch,
        patient_name, parent_phone, phone_key, assigned_doctor, notes, status, external_reference_id, booked_via,
        created_at, updated_at, token, version, doctor_key
    )
    SELECT p_org, a.*, e.doctor_key
    FROM ROWS FROM (json_array_elements_text(p_doctors), jsonb_array_elements(p_bodies)) AS e (doctor_key, body),
        jsonb_to_record(e.body -> 'record') AS a (
            appointment_id text, service_id text, branch_id text, calendar_id text, start timestamptz,
            duration_minutes integer, date date, session text, batch text, patient_name text, parent_phone text,
            phone_key text, assigned_doctor text, notes text, status text, external_reference_id text, booked_via text,
            created_at timestamptz, updated_at timestamptz, token integer, version bigint
        )
    ORDER BY a.external_reference_id COLLATE "C"
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written < v_asked THEN
        v_all_written := false;
        v_unmet := v_unmet || ARRAY(
            SELECT number - 1 FROM jsonb_array_elements(p_bodies) WITH ORDINALITY AS e (body, number)
            WHERE NOT EXISTS (
                SELECT FROM booking_appointments AS a
                WHERE a.org_id = p_org AND a.appointment_id = e.body -> 'record' ->> 'appointment_id'
            )
        );
    END IF;

    FOR v_sum IN
        SELECT * FROM json_to_recordset(p_sums) AS s (
            calendar_id text, date date, service_id text,
            places integer, ai_places integer, places_max integer, ai_places_max integer, positions json
        )
    LOOP
        INSERT INTO booking_counters AS c (org_id, date, calendar_id, service_id, filled, ai_filled)
        SELECT p_org, v_sum.date, v_sum.calendar_id, v_sum.service_id, v_sum.places, v_sum.ai_places
        WHERE v_sum.places <= v_sum.places_max AND v_sum.ai_places <= v_sum.ai_places_max
        ON CONFLICT (org_id, date, calendar_id, service_id) DO UPDATE
        SET filled = c.filled + excluded.filled, ai_filled = c.ai_filled + excluded.ai_filled
        WHERE c.filled + excluded.filled <= v_sum.places_max
            AND c.ai_filled + excluded.ai_filled <= v_sum.ai_places_max;
        IF NOT FOUND THEN
            v_all_written := false;
            v_unmet := v_unmet || ARRAY(SELECT value::integer FROM json_array_elements_text(v_sum.positions));
        END IF;
    END LOOP;

    IF NOT v_all_written THEN
        IF v_unmet = '{}' THEN -- who stands against it cannot be told
            v_unmet := ARRAY(SELECT generate_series(0, v_asked - 1));
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'BK001', MESSAGE = 'not every booking could be written',
            DETAIL = array_to_json(v_unmet)::text;
    END IF;
END
$$
"""


_BEFORE = "booking_book(text, bigint, integer, json, json, json, json, jsonb)"


def upgrade() -> None:
    """Put it in the place of the one before."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {_BEFORE}")
        op.execute(_BOOK)
