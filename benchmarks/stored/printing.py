"""What was found, as tables in Markdown: each figure beside what it is held against."""

from __future__ import annotations

from collections.abc import Iterable

from measuring import FSYNC_LIMIT_MS, print_table, written

from stored.found import GROWTH, LOAD, ONE_CALLER, PGBENCH, SINGLE, Found, Key, Rate
from stored.goals import Goal, best_pgbench
from stored.places import POSTGRESQL, SQLITE

_RATES = ("case", "who", "callers", "bookings/s", "p50", "p99")


def print_probe(fsync_ms: list[float]) -> None:
    """What a durable write cost before the run, between its rounds and after it."""
    busy = max(fsync_ms) > FSYNC_LIMIT_MS
    said = f": ABOVE {FSYNC_LIMIT_MS} ms, the disk was busy and figures of durable writes say little" if busy else ""
    print(f"fsync: {', '.join(f'{each:.3f} ms' for each in fsync_ms)}{said}\n")


def print_found(found: Found) -> None:
    """Every table that there is something for."""
    _print_load_postgres(found)
    _print_load_sqlite(found)
    for database in (POSTGRESQL, SQLITE):
        _print_one_caller(found, database)
    _print_growth(found)
    _print_pages(found)
    missing = [each for each in found.others if each.median_us is None]
    for each in missing:
        print(f"{each.engine} on {each.database}, {each.size:,} appointments, {each.job}: {each.note}\n")


def print_goals(goals: Iterable[Goal]) -> None:
    """One line a goal."""
    rows = [
        [
            goal.name,
            goal.says,
            _value(goal.found, goal.unit),
            ("≤ " if goal.at_most else "≥ ") + _value(goal.least, goal.unit),
            _value(goal.stretch, goal.unit),
            goal.verdict,
        ]
        for goal in goals
    ]
    _print("What was to be reached", ["goal", "what", "found", "to reach", "stretch", "verdict"], rows)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}{unit}" if value >= 100 or value == int(value) else f"{value:.2f}{unit}"


def _print(title: str, titles: list[str], rows: list[list[str]]) -> None:
    if rows:
        print(f"{title}\n")
        print_table(titles, rows)
        print()


def _cells(rate: Rate) -> list[str]:
    return [rate.case, rate.how, f"{rate.callers}", f"{rate.per_second:,.0f}", _ms(rate.p50_ms), _ms(rate.p99_ms)]


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.2f} ms"


def _times(ours: Rate, theirs: Rate | None) -> str:
    return f"{ours.per_second / theirs.per_second:.2f}×" if theirs else "–"


def _print_load_postgres(found: Found) -> None:
    rows = []
    for rate in sorted(found.rates(LOAD, POSTGRESQL), key=lambda each: (each.case, each.how != PGBENCH, each.how)):
        same = found.rate(Key(LOAD, POSTGRESQL, rate.case, PGBENCH, rate.callers))
        against = [_times(rate, best_pgbench(found, rate.case)), _times(rate, same)]
        rows.append([*_cells(rate), *against, f"{rate.rounds} × {rate.bookings // rate.rounds:,}"])
    titles = [*_RATES, "/ best pgbench", "/ pgbench, as many", "rounds × bookings"]
    _print("J1 on PostgreSQL, beside pgbench with one prepared statement a booking", titles, rows)


def _print_load_sqlite(found: Found) -> None:
    rows = [
        [
            *_cells(rate),
            _times(rate, found.rate(Key(LOAD, SQLITE, rate.case, SINGLE, 1))),
            f"{rate.rounds} × {rate.bookings // rate.rounds:,}",
        ]
        for rate in sorted(found.rates(LOAD, SQLITE), key=lambda each: (each.case, each.how != SINGLE, each.how))
    ]
    titles = [*_RATES, "/ single commits", "rounds × bookings"]
    _print("J1 on SQLite, synchronous FULL, beside single commits of a plain loop", titles, rows)


def _print_one_caller(found: Found, database: str) -> None:
    theirs = {(each.job, each.size): each for each in found.others if each.database == database}
    rows = []
    for rate in sorted(found.rates(ONE_CALLER, database), key=lambda each: (each.case, each.size)):
        other = theirs.get(("J1", rate.size))
        beside = ["–", "–"]
        if other is not None and other.median_us is not None:
            beside = [written(other.median_us), f"{other.median_us / (rate.p50_ms * 1_000):.1f}×"]
        rows.append([rate.case, rate.how, f"{rate.size:,}", written(rate.p50_ms * 1_000), *beside])
    titles = ["booking", "how", "appointments", "ours", "django-appointment", "theirs / ours"]
    _print(f"J1 on {database}, one caller, beside django-appointment", titles, rows)


def _print_growth(found: Found) -> None:
    rows = []
    for database in (POSTGRESQL, SQLITE):
        first: dict[tuple[str, int], float] = {}
        for rate in sorted(found.rates(GROWTH, database), key=lambda each: (each.case, each.callers, each.size)):
            least = first.setdefault((rate.case, rate.callers), rate.us_a_booking)
            growth = f"{rate.us_a_booking / least:.2f}×"
            cells = [f"{rate.callers}", f"{rate.size:,}", f"{rate.per_second:,.0f}", _ms(rate.p50_ms), _ms(rate.p99_ms)]
            rows.append([database, rate.case, rate.how, *cells, growth])
    titles = ["database", "of what", "how", "callers", "how many", "bookings/s", "p50", "p99", "cost / of the fewest"]
    _print("J1 as the database grows", titles, rows)


def _print_pages(found: Found) -> None:
    theirs = {(each.database, each.size): each for each in found.others if each.job == "J2"}
    rows = []
    for page in sorted(found.pages()):
        other = theirs.get((page.database, page.size))
        beside = ["–", "–", ""]
        if other is not None and other.median_us is not None:
            beside = [written(other.median_us), f"{other.median_us / page.median_us:,.0f}×", other.note]
        cells = [f"{page.size:,}", f"{page.queries}", f"{written(page.median_us)} ({written(page.best_us)})"]
        rows.append([page.database, page.case, *cells, *beside])
    titles = ["database", "page", "appointments", "queries", "ours", "django-appointment", "theirs / ours", "theirs"]
    _print("J2, 150 rows", titles, rows)
