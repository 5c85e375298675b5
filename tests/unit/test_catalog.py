"""A catalog by itself: how it begins, what is in force on a date, and what it remembers, which is bounded."""

from __future__ import annotations

from datetime import date

import pytest
from properties.support import MONDAY, NEXT_MONDAY, clinic, window

from booking_engine import Catalog, Configuration, Organisation, OverrideTracking, Weekday
from booking_engine.domain import catalog as catalogs
from booking_engine.domain import text


def test_before_anything_is_configured_nothing_has_a_name() -> None:
    blank = Catalog.blank("sunrise")
    assert (blank.revision, blank.is_configured) == (0, False)
    assert blank.organisation == Organisation(org_id="sunrise", name="", configuration=Configuration(timezone=""))


def test_c2_where_services_share_their_places_the_capacity_set_for_one_is_dormant() -> None:
    made = clinic(window(ai_slots=2, max_slots=5))
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}||checkup", max_slots=4, ai_slots=1))
    assert made.engine.catalog().on("main", MONDAY)[0].limits_for("checkup") == (4, 1)
    made.configure(capacity_scope="shared")
    assert made.engine.catalog().on("main", MONDAY)[0].limits_for("checkup") == (5, 2)


def test_t4_on_a_date_that_a_zone_leaves_out_a_window_has_no_time() -> None:
    catalog = clinic(window(day=Weekday.FRIDAY), timezone="Pacific/Apia").engine.catalog()
    assert catalog.on("main", date(2011, 12, 30))[0].spans == ()


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were folded to find a service."""
    texts: list[str] = []

    def noted(written: str) -> str:
        texts.append(written)
        return text.fold(written)

    monkeypatch.setattr(catalogs, "fold", noted)
    return texts


def test_a_service_is_folded_once_for_each_spelling(folded: list[str]) -> None:
    catalog = clinic().engine.catalog()
    for written in ("CHECKUP", "Check up"):
        folded.clear()
        found = [catalog.service_named(written), catalog.service_named(written)]
        assert found == [catalog.services.get(written.lower())] * 2
        assert folded == [written] * (1 if found[0] else 2)  # what names nothing is not remembered


def test_so_many_spellings_are_remembered_and_no_more(folded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogs, "_DAYS_REMEMBERED_MAX", 2)
    catalog, spellings = clinic().engine.catalog(), ("CHECKUP", "checkUp", "checkuP")
    for _ in range(2):
        folded.clear()
        assert [catalog.service_named(written) for written in spellings] == [catalog.services["checkup"]] * 3
    assert folded == ["checkuP"]


def test_a_local_date_is_looked_at_once() -> None:
    catalog = clinic(window()).engine.catalog()
    (found,) = catalog.on("main", MONDAY)
    assert catalog.on("main", MONDAY)[0] is found


def test_so_many_local_dates_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogs, "_DAYS_REMEMBERED_MAX", 1)
    catalog = clinic(window()).engine.catalog()
    (found,) = catalog.on("main", MONDAY)
    catalog.on("main", NEXT_MONDAY)
    assert catalog.on("main", MONDAY)[0] is not found
