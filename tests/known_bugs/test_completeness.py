"""Every case of the collection has one test, here or where its layer is tested, and every test has its case."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent


def cases() -> list[dict[str, str]]:
    lines = (HERE / "known-bugs.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ids_under_test() -> Counter[str]:
    sources = (path.read_text(encoding="utf-8") for path in sorted(HERE.parent.rglob("test_*.py")))
    numbers = (number for source in sources for number in re.findall(r"^def test_bug_(\d+)\b", source, re.MULTILINE))
    return Counter(f"BUG-{number}" for number in numbers)


def test_each_case_has_one_test_and_no_unknown_id_is_tested() -> None:
    assert ids_under_test() == Counter(case["id"] for case in cases())


def test_the_collection_is_whole() -> None:
    layers = Counter(case["layer"] for case in cases())
    assert sum(layers.values()) == 65
    assert set(layers) == {"core", "storage", "http", "voice", "webhook"}
