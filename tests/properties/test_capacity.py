"""Who gets a place: exactly as many as every limit that applies allows (SPEC C1-C4, W7)."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from booking_engine import AiQuota, Booked, CapacityScope, Channel, OverrideTracking, Reason, Rejection, RejectionCode
from booking_engine.domain.tracking import Counts, Limits
from booking_engine.rules.capacity import admission, room
from properties.support import AI, MONDAY, attempt, clinic, monday, request, why, window

SERVICES = ("checkup", "scan")
small = st.integers(0, 4)
quotas, channels, scopes = st.sampled_from(AiQuota), st.sampled_from(Channel), st.sampled_from(CapacityScope)


def may_take_one(limits: Limits, filled: int, ai_filled: int, channel: Channel, quota: AiQuota) -> bool:
    """SPEC C3, C4, word for word."""
    if channel is not AI:
        return filled < limits.max_slots
    if quota is AiQuota.NESTED:
        return filled < limits.ai_slots
    return ai_filled < limits.ai_slots and filled < limits.max_slots


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    """Any that W1 and W7 allow."""
    max_slots = draw(small)
    return Limits(max_slots, draw(st.integers(0, max_slots)))


@given(limits=limits(), filled=small, ai=small, channel=channels, quota=quotas)
def test_c3_c4_room_is_how_often_one_more_may_be_taken(
    limits: Limits, filled: int, ai: int, channel: Channel, quota: AiQuota
) -> None:
    ai = min(ai, filled)
    taken = 0
    while may_take_one(limits, filled + taken, ai + (taken if channel is AI else 0), channel, quota):
        taken += 1
    assert room(limits, Counts(filled, ai), channel, quota) == taken


@given(limits=limits(), filled=small, ai=small, channel=channels, quota=quotas)
def test_c3_c4_a_claim_is_met_exactly_where_there_is_room(
    limits: Limits, filled: int, ai: int, channel: Channel, quota: AiQuota
) -> None:
    limit, ai_limit = admission(limits, channel, quota)
    met = filled < limit and (ai_limit is None or ai < ai_limit)
    assert met == may_take_one(limits, filled, ai, channel, quota)
    assert ai_limit is None or channel is AI


class Person(NamedTuple):
    """Who comes next."""

    service_id: str
    channel: Channel


persons = st.lists(st.builds(Person, st.sampled_from(SERVICES), channels), max_size=9)


@given(limits=limits(), override=st.none() | limits(), quota=quotas, scope=scopes, coming=persons)
def test_c2_people_are_let_in_one_by_one_until_their_limit(
    limits: Limits, override: Limits | None, quota: AiQuota, scope: CapacityScope, coming: list[Person]
) -> None:
    limits = Limits(max(1, limits.max_slots), limits.ai_slots)
    made = clinic(
        window(max_slots=limits.max_slots, ai_slots=limits.ai_slots),
        services=SERVICES,
        ai_quota=quota,
        capacity_scope=scope,
    )
    if override is not None:
        slot_id = f"w||{MONDAY}"
        made.engine.override_tracking(
            OverrideTracking(slot_id=slot_id, max_slots=override.max_slots, ai_slots=override.ai_slots)
        )
        limits = override
    inside: list[Person] = []
    for number, person in enumerate(coming):
        shared = scope is CapacityScope.SHARED
        counted = [each for each in inside if shared or each.service_id == person.service_id]
        ai = sum(each.channel is AI for each in counted)
        ask = request(monday("09:30"), f"+{number}", appointment_type=person.service_id, channel=person.channel)
        outcome = attempt(made.engine, ask)
        if may_take_one(limits, len(counted), ai, person.channel, quota):
            assert isinstance(outcome, Booked)
            inside.append(person)
        else:
            staff_could = len(counted) < limits.max_slots
            assert isinstance(outcome, Rejection)
            reason = Reason.AI_QUOTA if staff_could else Reason.CAPACITY
            assert why(outcome) == (RejectionCode.SLOT_FULL, reason)
    for record in made.records():
        mine = [each for each in inside if each.service_id == record.key.service_id]
        assert record.counts == (len(mine), sum(each.channel is AI for each in mine))


def in_force(base: Limits, *overrides: tuple[int | None, int | None]) -> Limits:
    """SPEC W7: service before date before window, ``ai = min(ai, max)``."""
    max_slots, ai_slots = base
    for own_max, own_ai in overrides:
        max_slots = max_slots if own_max is None else own_max
        ai_slots = min(ai_slots if own_ai is None else own_ai, max_slots)
    return Limits(max_slots, ai_slots)


partial = st.tuples(st.none() | small, st.none() | small).filter(
    lambda pair: pair[0] is None or pair[1] is None or pair[1] <= pair[0]
)


@given(base=limits().filter(lambda each: each.max_slots > 0), of_date=partial, of_service=partial)
def test_w7_capacity_of_a_service_goes_before_that_of_the_date_before_the_windows(
    base: Limits, of_date: tuple[int | None, int | None], of_service: tuple[int | None, int | None]
) -> None:
    made = clinic(window(max_slots=base.max_slots, ai_slots=base.ai_slots), services=SERVICES)
    for slot_id, (max_slots, ai_slots) in ((f"w||{MONDAY}", of_date), (f"w||{MONDAY}||scan", of_service)):
        made.engine.override_tracking(OverrideTracking(slot_id=slot_id, max_slots=max_slots, ai_slots=ai_slots))
    found = {record.key.service_id: record.limits for record in made.records()}
    assert found == {"checkup": in_force(base, of_date), "scan": in_force(base, of_date, of_service)}
    assert made.row().limits == in_force(base, of_date)
