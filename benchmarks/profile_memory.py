"""Where the time of one booking (J1) and of one page (J2) goes in memory: by stage, then by function.

``python benchmarks/profile_memory.py [--size 100000] [--case reference] [--bookings 5000] [--rounds 5] [--top 10]``
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter_ns

import clinic
import workload
from workload import Request

from booking_engine import BookAppointment, BookingEngine
from booking_engine.adapters.memory import MemoryStore
from booking_engine.decisions.booking import plan_booking
from booking_engine.decisions.decision import Accepted, Circumstances
from booking_engine.domain.phone import PlainPhones
from booking_engine.ledger.claims import Done
from booking_engine.ledger.view import UNSEEN
from booking_engine.rules.shape import checked
from booking_engine.shell import RandomIds

STAGES = ("command", "shape", "id", "plan", "view", "decide", "commit")
Commander = Callable[[Request], BookAppointment]


def staged(store: MemoryStore, command_of: Commander, requests: list[Request]) -> dict[str, float]:
    """Median microseconds of each stage, as the engine goes through them.

    The shape is asked once more on its own and taken off the plan; a plan that may be blind sees nothing.
    """
    catalog, ids, phones, tick = store.catalog(), RandomIds(), PlainPhones(), perf_counter_ns
    laps: list[tuple[int, ...]] = []
    for asked in requests:
        t0 = tick()
        command = command_of(asked)
        t1 = tick()
        checked(command)
        t2 = tick()
        circumstances = Circumstances(clinic.clock(), ids.token(), phones)
        t3 = tick()
        plan = plan_booking(command, catalog, circumstances)
        t4 = tick()
        view = UNSEEN if plan.may_be_blind else store.view(plan.query)
        t5 = tick()
        decision = plan.decide(view)
        t6 = tick()
        assert isinstance(decision, Accepted)
        outcome = store.commit(decision.commit)
        t7 = tick()
        assert isinstance(outcome, Done)
        laps.append((t1 - t0, t2 - t1, t3 - t2, (t4 - t3) - (t2 - t1), t5 - t4, t6 - t5, t7 - t6))
    return {stage: statistics.median(lap[at] for lap in laps) / 1_000 for at, stage in enumerate(STAGES)}


def whole(engine: BookingEngine, command_of: Commander, requests: list[Request]) -> float:
    """Median microseconds of ``engine.book``, its command made in the timed region."""
    taken = []
    for asked in requests:
        begun = perf_counter_ns()
        engine.book(command_of(asked))
        taken.append(perf_counter_ns() - begun)
    return statistics.median(taken) / 1_000


def profiled(title: str, work: Callable[[], object], top: int) -> None:
    """Print the functions with the most time of their own."""
    profile = cProfile.Profile()
    profile.runcall(work)
    print(f"\n{title}, functions by own time (the profiler adds to every call: read the order, not the sums)")
    pstats.Stats(profile).sort_stats("tottime").print_stats(top)


def fresh(numbers: Iterator[int], count: int) -> list[Request]:
    """The next requests."""
    return [workload.request(next(numbers)) for _ in range(count)]


def main() -> None:
    chosen = _options().parse_args()
    store, command_of = MemoryStore(), clinic.CASES[chosen.case]
    engine = clinic.with_appointments(chosen.size, store)
    numbers = iter(range(chosen.size, workload.PLACES))
    rounds = [staged(store, command_of, fresh(numbers, chosen.bookings)) for _ in range(chosen.rounds)]
    totals = [whole(engine, command_of, fresh(numbers, chosen.bookings)) for _ in range(chosen.rounds)]
    print(f"J1, {chosen.case}, {chosen.size:,} appointments: µs a booking, median and best of {chosen.rounds} rounds")
    lines = {stage: [one[stage] for one in rounds] for stage in STAGES}
    lines["sum"] = [sum(one.values()) for one in rounds]
    lines["engine.book"] = totals
    for name, values in lines.items():
        print(f"  {name:12} {statistics.median(values):7.2f} {min(values):7.2f}")
    batch = fresh(numbers, chosen.bookings)
    profiled("J1", lambda: [engine.book(command_of(asked)) for asked in batch], chosen.top)
    profiled("J2 unchanged, 200 pages", lambda: [clinic.page(engine) for _ in range(200)], chosen.top)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=100_000, help="existing appointments")
    options.add_argument("--case", choices=list(clinic.CASES), default="reference")
    options.add_argument("--bookings", type=int, default=5_000, help="bookings a round")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--top", type=int, default=10, help="functions to list")
    return options


if __name__ == "__main__":
    main()
