"""Check what a built wheel holds: the package with its type marker, license, command and extras; no tests."""

import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(wheel: str) -> None:
    """Say what differs from what should be there, and fail."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = next(name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    package = ROOT / "src"
    source = {
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    expected = source | {
        f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    assert names == expected, f"not in the wheel: {expected - names}; not expected: {names - expected}"
    assert "booking_engine/py.typed" in names
    assert metadata["Version"] == project["version"]
    assert set(metadata.get_all("Provides-Extra") or []) == project["optional-dependencies"].keys()
    assert all(f"{name} = {target}" in entry_points for name, target in project["scripts"].items())
    print(f"{Path(wheel).name}: {len(source)} files of the package, license, command, extras; no tests")


main(sys.argv[1])
