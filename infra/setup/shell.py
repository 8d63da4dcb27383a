"""Run programs for the set-up and say what happens."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


class SetupError(Exception):
    """The machine cannot be set up; the message names the remedy."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def succeeds(command: Sequence[str | Path]) -> bool:
    """Whether the command ends well; what it prints is thrown away."""
    try:
        done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - commands of this package only
    except OSError:
        return False
    return done.returncode == 0


def output_of(command: Sequence[str | Path]) -> str:
    """What the command prints, or nothing when it fails."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - as above
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def run(title: str, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> None:
    """Run a long command under one progress line; its own words are shown only when it fails (SetupError)."""
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - as above
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as program:
        words = _words(program, title, began)
    _overwrite(f"  {'✓' if program.returncode == 0 else '✗'} {title} ({time.monotonic() - began:.0f} s)", end="\n")
    if program.returncode != 0:
        raise SetupError(f"{title} failed (exit {program.returncode}):\n{words.strip()[-3000:]}")


def _words(program: subprocess.Popen[str], title: str, began: float) -> str:
    while True:
        _overwrite(f"  … {title} {time.monotonic() - began:.0f} s")
        try:
            return program.communicate(timeout=1)[0]
        except subprocess.TimeoutExpired:
            continue


def _overwrite(line: str, end: str = "") -> None:
    """On a terminal the line moves; in a log only finished lines are written."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{line}{end}")
    elif end:
        sys.stdout.write(f"{line}{end}")
    sys.stdout.flush()
