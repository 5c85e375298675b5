"""A talk is a call that is typed: it ends in a booking, word for word as it is written down, without a model."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import CLOCK, ENVIRONMENT, EXAMPLES, SCRIPT, run

TALKS = sorted((Path(__file__).parent / "talks").glob("*.txt"))
CALLER = "caller  "
BOOKING = [
    "I need a checkup at Main Street on Monday the 15th at ten in the morning",
    "yes",
    "Asha",
    "98400 12345",
    "yes",
]


def written(path: Path) -> tuple[list[str], str, str]:
    """The command of a talk, what the caller says in it, and all of what is shown."""
    command, _, shown = path.read_text(encoding="utf-8").partition("\n")
    said = [line.removeprefix(CALLER) for line in shown.splitlines() if line.startswith(CALLER)]
    return shlex.split(command)[2:], "".join(f"{each}\n" for each in said), shown


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_a_talk_goes_as_it_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    command, said, shown = written(path)
    result = run(*command, given=said)
    assert (result.exit_code, result.stdout, result.stderr) == (0, shown, "")


def test_talks_are_in_both_languages_and_end_in_bookings() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in TALKS}
    assert "Asha Rao is booked for Thursday the 11th of June" in texts["books_a_checkup"]
    assert "आशा राव की बुकिंग गुरुवार ग्यारह जून को सुबह दस बजे के लिए हो गई है।" in texts["books_in_hindi"]


def test_the_page_of_the_command_shows_a_talk_as_it_goes() -> None:
    page = (EXAMPLES.parent / "docs" / "command.md").read_text(encoding="utf-8")
    _, _, shown = written(next(path for path in TALKS if path.stem == "books_a_checkup"))
    assert f"\n```console\n$ booking-engine talk --clock 2026-06-10T08:00:00Z\n{shown}```\n" in page
    piped = re.search(r"^printf '%s\\n' (.+) \| booking-engine talk$", page, re.MULTILINE)
    assert piped is not None
    result = run("talk", "--clock", "2026-06-10T08:00:00Z", given="\n".join(shlex.split(piped[1])))
    assert "agent   Asha is booked for Monday the 15th of June at " in result.stdout


@pytest.mark.parametrize("name", ["books_a_checkup", "books_in_hindi"])
def test_a_process_of_its_own_hears_what_is_piped_in(name: str) -> None:
    command, said, shown = written(next(path for path in TALKS if path.stem == name))
    environment = {**ENVIRONMENT, "TZ": "Pacific/Kiritimati", "PYTHONIOENCODING": "utf-8"}
    ended = subprocess.run([SCRIPT, *command], input=said.encode(), env=environment, capture_output=True, check=True)  # noqa: S603
    assert (ended.stdout.decode(), ended.stderr) == (shown, b"")


def test_empty_lines_are_nothing_said() -> None:
    result = run("talk", "--clock", CLOCK, given="\n \nbye\n")
    assert result.stdout.splitlines()[1:] == [
        "agent   Sunrise Clinic, hello. What can I do for you?",
        "caller  bye",
        "agent   Goodbye.",
        "        (The call is over.)",
    ]


def test_without_a_clock_it_is_now() -> None:
    result = run("talk", given="yesterday\nI need a checkup at Lakeside yesterday\n")
    assert result.exit_code == 0
    assert "agent   That is over already. Which day would suit you?\n" in result.stdout


# --- A store --------------------------------------------------------------------------------------------------------


def test_a_talk_with_a_store_books_in_it_and_the_next_call_finds_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/clinic.db"
    assert run("init", "--store", url, str(EXAMPLES / "clinic.toml")).exit_code == 0
    options = ("talk", "--store", url, "--org", "sunrise", "--clock", CLOCK)
    first = run(*options, given="\n".join(BOOKING))
    again = run(*options, given="what did I book?\n98400 12345\n")
    booked = "agent   Asha is booked for Monday the 15th of June at ten o'clock in the morning."
    assert (first.exit_code, first.stderr, again.exit_code, again.stderr) == (0, "", 0, "")
    assert booked in first.stdout.splitlines()
    assert booked in again.stdout.splitlines()
    assert "held" not in again.stdout
    verified = run("verify", "--store", url, "--json")
    assert (verified.exit_code, verified.stdout) == (0, '{"org_id": "sunrise", "ok": true, "differences": []}\n')


def test_what_cannot_be_talked_to_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[config]\ntimezone = 5\n", encoding="utf-8")
    url = f"sqlite:///{tmp_path}/clinic.db"
    assert run("migrate", "--store", url).exit_code == 0
    for options, told in (
        (("--clinic", "a.toml", "--store", url, "--org", "o"), "--clinic and --store: choose one of them"),
        (("--store", url), "--store and --org: give both or none"),
        (("--org", "o"), "--store and --org: give both or none"),
        (("--clock", "noon"), "--clock: "),
        (("--clinic", str(tmp_path / "none.toml")), "none.toml: cannot be read: "),
        (("--clinic", str(broken)), "broken.toml:2: config.timezone: "),
        (("--store", url, "--org", "nobody"), "There is no organisation nobody in the store."),
        (("--model", "json:nothing"), "--model json:nothing: "),
    ):
        result = run("talk", *options, given="bye\n")
        assert (result.exit_code, result.stdout) == (2, ""), options
        assert told in result.stderr


# --- A model --------------------------------------------------------------------------------------------------------


@pytest.fixture
def _in_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(EXAMPLES))])
    monkeypatch.delitem(sys.modules, "scripted_model", raising=False)


@pytest.mark.usefixtures("_in_examples")
def test_the_model_of_the_examples_books() -> None:
    said = "tomorrow at ten in the morning\nAsha Rao, 98400 12345\n"
    result = run("talk", "--clock", "2026-06-10T08:00:00Z", "--model", "scripted_model:answer", given=said)
    offer = "agent   I have tomorrow, Thursday the 11th at ten o'clock in the morning. Does that suit you?"
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1:] == [
        "agent   Hello. When would you like to come?",
        "caller  tomorrow at ten in the morning",
        f"{offer} Then tell me name and number.",
        "caller  Asha Rao, 98400 12345",
        "agent   Asha Rao is booked for Thursday the 11th of June at ten o'clock in the morning. Goodbye.",
        "        (You hang up.)",
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def answer(messages, tools):\n    return 5\n", "the model answered neither a text nor a list of calls"),
        ("def answer(messages, tools):\n    return []\n", "the model answered neither a text nor a list of calls"),
        ("def answer(messages, tools):\n    return [{'name': 'book'}]\n", "the model answered neither a text nor"),
        (
            "def answer(messages, tools):\n    return [{'name': 'list_services', 'arguments': '{}'}]\n",
            "the model called tools 10 times and said nothing",
        ),
        ("answer = 5\n", "--model a_model:answer: is not a function"),
        ("", "--model a_model:answer: module 'a_model' has no attribute 'answer'; write MODULE:FUNCTION"),
    ],
)
def test_a_model_that_is_none_is_told(body: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_model.py").write_text(body, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "a_model", raising=False)
    result = run("talk", "--model", "a_model:answer", given="hello\n")
    assert result.exit_code == 2
    assert told in result.stderr
