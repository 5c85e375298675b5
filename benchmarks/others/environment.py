"""An environment holds the other engines: installed by the ordinary clients, under a directory outside the project.

It is made once and found again by the versions that it was made for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
CALCOM, DAYJS = "@calcom/platform-libraries@0.0.360", "dayjs@1.11.13"
INSTALL_SECONDS_MAX = 600


class InstallError(Exception):
    """An engine could not be installed here; the text says why."""


def python(cache: Path) -> Path:
    """The interpreter of a virtual environment with the engines in Python."""
    home = cache / f"python-{sys.version_info.major}.{sys.version_info.minor}"
    interpreter = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not _is_made(home, wanted):
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(interpreter), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)])
        _remember(home, wanted)
    return interpreter


def calcom(cache: Path) -> Path:
    """The directory in which cal.com's package lies unpacked, beside the one package that its functions need."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise InstallError("node and npm are not installed")
    home, wanted = cache / "calcom", f"{CALCOM}\n{DAYJS}\n"
    if not _is_made(home, wanted):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        # Packed and not installed: its dependencies are cal.com's whole server, of which the functions need nothing.
        _run([npm, "pack", "--silent", CALCOM], home)
        (packed,) = home.glob("*.tgz")
        _run(["tar", "-xzf", packed.name], home)
        _run([npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", ".", DAYJS], home)
        _remember(home, wanted)
    return home


def _is_made(home: Path, wanted: str) -> bool:
    made = home / "made-for.txt"
    return made.is_file() and made.read_text(encoding="utf-8") == wanted


def _remember(home: Path, wanted: str) -> None:
    (home / "made-for.txt").write_text(wanted, encoding="utf-8")


def _run(command: list[str], directory: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise InstallError(f"{command[0]} took more than {INSTALL_SECONDS_MAX} s") from None
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise InstallError(" ".join([*command[:3], "failed:", *last]))
