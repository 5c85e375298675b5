"""Change the core in every small way, and name each change that no test notices: python .ci/mutants.py [MODULE…].

mutmut makes the mutants; they are tried here. Its own runner collects the tests anew for each mutant and lets it see
what the caches of an earlier run remember; here each mutant is a fork of one process that has collected the tests and
run none. The test that killed most mutants of a function goes first, then the quickest; the first failure ends it.
Examples are seeded and not made shorter, so a second run comes to the same.

To be run in a clone, from its root; leaves a directory ``mutants`` there, and ``mutmut show`` knows the results.
MODULE is ``rules.capacity`` or ``ledger``; all four packages when none is given. BOOKING_ENGINE_MINUTES ends the
trials early, in the order of the modules; what was not tried is said. BOOKING_ENGINE_CHILDREN is how many mutants are
tried at once. Fails when fewer than 95 in a hundred of the tried are killed; those of ``mutants_equivalent.txt``, which
no test can kill, are left out of the count.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from mutmut.__main__ import (
    collect_source_file_mutation_data,
    copy_also_copy_files,
    copy_src_dir,
    create_mutants,
    get_diff_for_mutant,
    setup_source_paths,
)
from mutmut.configuration import config
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import mangled_name_from_mutant_name

KILLED_MIN = 0.95
PACKAGE = "booking_engine."
# The order in which a run that is cut short loses least.
MODULES = (
    "ledger",
    "rules.capacity",
    "rules.admission",
    "rules.visit",
    "rules.timing",
    "rules",
    "decisions.effects",
    "decisions.booking",
    "decisions.updating",
    "decisions",
    "domain",
)
QUICK_SECONDS_MAX = 0.05
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
SURVIVED, KILLED, NO_TESTS, CRASHED, TIMEOUT = 0, 1, 33, 35, 36  # as mutmut writes them
WORDS = {KILLED: "killed", TIMEOUT: "ran out of time", SURVIVED: "survived", NO_TESTS: "reached by no test"}


@attrs.frozen
class Trial:
    """A mutant that is being tried, since when, and the pipe that will tell which test killed it."""

    name: str
    started: float
    killer: int


class Trials:
    """A plugin that runs, in place of the tests, the tests of each mutant; ``results`` are exit codes by name."""

    def __init__(self, names: Iterable[str], children_max: int, ends: float | None) -> None:
        self.names = list(names)
        self.children_max = children_max
        self.ends = ends
        self.results: dict[str, int] = {}
        self.durations: dict[str, float] = {}
        self.cut_short: set[str] = set()
        """Those that the time did not suffice for, or not for every test."""
        self._out = os.dup(1)  # what pytest prints about a mutant is no news
        self._failure = ""
        self._running: dict[int, Trial] = {}
        self._killers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """How often a test killed a mutant of a function: the likeliest to kill the next goes first."""
        self._waited: set[str] = set()
        self._items: dict[str, pytest.Item] = {}
        self._judges: set[str] = set()

    def say(self, words: str) -> None:
        """Print a line past the silence."""
        os.write(self._out, f"{words}\n".encode())

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """Make every profile of the tests a child of one that looks for a failure and for nothing more."""
        from hypothesis import Phase, settings  # noqa: PLC0415 (pytest is to import it first)

        settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        if report.failed:
            self._failure = f"{report.nodeid}\n{report.longreprtext}"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn what each test reaches and how long it takes; then try mutant after mutant."""
        items = self._items = {item.nodeid: item for item in session.items}
        reached, seconds = self._learned(session.items)
        quick_seconds = [each for each in seconds.values() if each < QUICK_SECONDS_MAX]
        self.say(f"{len(items):,} tests take {sum(seconds.values()):,.0f} s and reach {len(reached):,} functions")
        self.say(f"{len(quick_seconds):,} of them are quick and take {sum(quick_seconds):,.1f} s")
        self._prove_that_mutants_are_run(session.items, reached)
        gc.freeze()  # or every fork copies what its collector looks at

        def tests(name: str, *, quick: bool) -> list[str]:
            found = reached.get(mangled_name_from_mutant_name(name), set())
            chosen = (test for test in found if (seconds[test] < QUICK_SECONDS_MAX) is quick)
            killers = self._killers[_function(name)]
            return sorted(chosen, key=lambda test: (-killers.get(test, 0), seconds[test]))

        for quick in (True, False):
            waiting = [name for name in self.names if quick or self.results.get(name) == SURVIVED]
            while waiting or self._running:
                if self.ends is not None and time.monotonic() > self.ends:
                    self.cut_short.update(waiting)
                    waiting.clear()
                while waiting and len(self._running) < self.children_max:
                    name = waiting.pop(0)
                    chosen = [items[test] for test in tests(name, quick=quick)]
                    if chosen:
                        killer, told = os.pipe()
                        pid = _forked(partial(self._try, name, chosen, seconds, told))
                        os.close(told)
                        self._running[pid] = Trial(name, time.monotonic(), killer)
                    else:
                        self.results.setdefault(name, SURVIVED if tests(name, quick=False) else NO_TESTS)
                if self._running:
                    waiting += self._finished()
        return True

    def _learned(self, items: list[pytest.Item]) -> tuple[dict[str, set[str]], dict[str, float]]:
        """Which tests reach each function, and the seconds of each test; in a fork, so that nothing is remembered."""
        reading, writing = os.pipe()

        def learn() -> int:
            set_mutant_under_test("stats")
            reached: dict[str, set[str]] = defaultdict(set)
            seconds: dict[str, float] = {}
            for item in items:
                _forget()
                state()._stats.clear()
                started = time.process_time()
                if not self._passes(item):
                    self.say(f"fails without any mutant: {self._failure}")
                    return KILLED
                seconds[item.nodeid] = time.process_time() - started
                for function in state()._stats:
                    reached[function].add(item.nodeid)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump((dict(reached), seconds), pipe)
            return SURVIVED

        pid = _forked(learn)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            learned = pipe.read()
        assert os.waitpid(pid, 0)[1] == 0, "the tests fail without any mutant"
        return pickle.loads(learned)  # type: ignore[no-any-return]  # noqa: S301 (written just above)

    def _prove_that_mutants_are_run(self, items: list[pytest.Item], reached: dict[str, set[str]]) -> None:
        """With every mutated function made to raise, a test that reaches one fails: the mutated copy is imported."""
        tests = set().union(*reached.values())
        item = next(item for item in items if item.nodeid in tests)

        def fail() -> int:
            set_mutant_under_test("fail")
            return SURVIVED if self._passes(item) else KILLED

        _, status = os.waitpid(_forked(fail), 0)
        assert os.waitstatus_to_exitcode(status) == KILLED, "the tests do not run the mutated code"

    def _prove_that_it_judges(self, test: str) -> None:
        """Once for each test that kills: without any mutant it passes, first and alone too, as mutants meet it."""
        if test in self._judges:
            return

        def judge() -> int:
            set_mutant_under_test("")
            return SURVIVED if self._passes(self._items[test]) else KILLED

        _, status = os.waitpid(_forked(judge), 0)
        assert status == 0, f"{test} fails without any mutant"
        self._judges.add(test)

    def _try(self, name: str, items: list[pytest.Item], seconds: dict[str, float], told: int) -> int:
        """Whether a test notices the mutant; the tests go in the order given."""
        set_mutant_under_test(name)
        for item in items:
            # After three times the seconds that it takes without the mutant it goes round in circles; by the clock of
            # the processor, since a loaded machine is slow. The clock on the wall is for what waits for ever.
            limit = int(time.process_time() + 3 * seconds[item.nodeid]) + 5
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            signal.alarm(20 * limit + 60)
            if not self._passes(item):
                os.write(told, item.nodeid.encode())
                return KILLED
        return SURVIVED

    def _passes(self, item: pytest.Item) -> bool:
        self._failure = ""
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self._failure

    def _finished(self) -> list[str]:
        """Wait for one that ends; its name, if it is to be tried again."""
        pid, status = os.wait()
        trial = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        with os.fdopen(trial.killer) as told:
            if killer := told.read():
                self._prove_that_it_judges(killer)
                self._killers[_function(trial.name)][killer] += 1
        if code == -signal.SIGALRM and trial.name not in self._waited:
            self._waited.add(trial.name)  # whoever stopped the whole run for a while has not killed a mutant
            return [trial.name]
        self.results[trial.name] = TIMEOUT if code in (-signal.SIGALRM, -signal.SIGXCPU) else code
        self.durations[trial.name] = self.durations.get(trial.name, 0.0) + time.monotonic() - trial.started
        if self.results[trial.name] != KILLED:
            self.say(f"{trial.name}: {_told([self.results[trial.name]])}")
        if len(self.durations) % 100 == 0:
            self.say(f"{len(self.results):,} of {len(self.names):,}: {_told(self.results.values())}")
        return []


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Let nothing be printed, be it by a fork."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def _forked(work: Callable[[], int]) -> int:
    """The id of a process that does the work and exits with what that returns."""
    if pid := os.fork():
        return pid
    code = CRASHED
    try:
        code = work()
    finally:
        os._exit(code)  # nor does an exception go back to where the parent goes on


def _forget() -> None:
    """Empty the caches of the code, so that the next test reaches what it calls."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for thing in vars(module).values():
                if hasattr(thing, "cache_clear"):
                    thing.cache_clear()


def _told(codes: Iterable[int]) -> str:
    count = Counter(WORDS.get(code, "died otherwise") for code in codes)
    return ", ".join(f"{number:,} {word}" for word, number in count.most_common())


def _module(name: str) -> str:
    return name.rpartition(".")[0].removeprefix(PACKAGE)


def _function(name: str) -> str:
    """``rules.capacity.room``, or ``domain.phone.Phone.of`` for a method."""
    mangled = mangled_name_from_mutant_name(name).removeprefix(PACKAGE)
    return str(mangled).replace(".x_", ".").replace("xǁ", "").replace("ǁ", ".")


def _is_in(name: str, module: str) -> bool:
    return f"{name.removeprefix(PACKAGE)}.".startswith(f"{module}.")


def _minus_and_plus(name: str, path: Path) -> str:
    """The lines that the mutant removes and adds, without their indentation."""
    lines = get_diff_for_mutant(name, path=path).splitlines()
    return "\n".join(
        f"{line[0]} {line[1:].strip()}" for line in lines if line[:1] in "+-" and not line.startswith(("---", "+++"))
    )


def _known() -> Iterator[tuple[str, str]]:
    """Each function with the lines of a mutant of it that no test can kill, from blocks between empty lines."""
    for block in EQUIVALENT.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        changed = [line for line in lines if line.startswith(("+ ", "- "))]
        if not lines:
            continue
        reasons = [line for line in lines[1:] if line not in changed]
        assert changed, f"no mutant: {block}"
        assert reasons, f"no reason: {block}"
        yield lines[0], "\n".join(changed)


def _trials(names: list[str]) -> Trials:
    minutes = os.environ.get("BOOKING_ENGINE_MINUTES")
    ends = time.monotonic() + 60 * float(minutes) if minutes else None
    trials = Trials(names, int(os.environ.get("BOOKING_ENGINE_CHILDREN", "1")), ends)
    set_mutant_under_test("")
    with change_cwd("mutants"), _silence():
        options = [*config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]
        assert pytest.main(options, plugins=[trials]) == pytest.ExitCode.OK, "the tests were not run"
    return trials


def _report(trials: Trials, data: dict[str, Any]) -> bool:
    """Print what became of the mutants, and each that lives; whether that is good enough."""
    results, by_module = trials.results, defaultdict(list)
    for name, code in results.items():
        by_module[_module(name)].append(code)
    for module, codes in by_module.items():
        print(f"{module}: {len(codes):,} mutants, {_told(codes)}")
    known, equivalent = Counter(_known()), 0
    for name, code in results.items():
        if code in (KILLED, TIMEOUT):
            continue
        change = _function(name), _minus_and_plus(name, Path(data[name].path))
        if code == SURVIVED and known[change]:
            known[change] -= 1
            equivalent += 1
        else:
            print(f"\n{name}: {_told([code])}{', not all tests were run' * (name in trials.cut_short)}\n{change[1]}")
    for (function, lines), number in known.items():
        if number and any(function.startswith(f"{module}.") for module in by_module):
            print(f"\n{function}: in the list of those that no test can kill, and no survivor\n{lines}")
    killed, counted = sum(code in (KILLED, TIMEOUT) for code in results.values()), len(results) - equivalent
    if untried := len(trials.names) - len(results):
        print(f"\n!!! {untried:,} of {len(trials.names):,} mutants were NOT TRIED: the time was over")
    print(f"\nmutants: {killed:,} of {len(results):,} killed, {killed / len(results):.1%}")
    print(f"without {equivalent:,} that no test can kill: {killed / counted:.1%}; at least {KILLED_MIN:.0%} must be")
    return killed >= KILLED_MIN * counted


def main(*modules: str) -> None:
    """Make the mutants, try them, say what became of them."""
    asked = modules or MODULES
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    with _silence():
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(1)
    everything, _ = collect_source_file_mutation_data(mutant_names=())
    data: dict[str, Any] = {name: of_file for of_file, name, _ in everything}
    names = list(dict.fromkeys(name for module in asked for name in data if _is_in(name, module)))
    assert names, f"no mutant in {asked}"
    print(f"{len(data):,} mutants, {len(names):,} of them in {', '.join(asked)}", flush=True)
    trials = _trials(names)
    for name, code in trials.results.items():
        data[name].exit_code_by_key[name] = code
        data[name].durations_by_key[name] = trials.durations.get(name, 0.0)
        data[name].save()
    sys.exit(not _report(trials, data))


if __name__ == "__main__":
    main(*sys.argv[1:])
