"""The stack's children: they die with their parent, and a killed run leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.stack import Places, marks, procfs
from infra.stack.places import CHECKOUT
from infra.stack.process import Child, Command
from tests.stack_fixtures import soon


def python(name: str, code: str) -> Command:
    return Command(
        name=name, words=(sys.executable, "-c", code), folder=CHECKOUT, environment={"PATH": os.environ["PATH"]}
    )


def test_a_child_dies_with_its_killed_parent(own_places: Places) -> None:
    parent = f"""
import time
from pathlib import Path
from infra.stack.places import Places
from infra.stack.process import Child
from tests.steps.test_local_processes import python
child = Child(python("sleeper", "import time; time.sleep(600)"), Places(Path({str(own_places.var)!r})))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    command = [sys.executable, "-c", parent]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert procfs.look(pid) is not None
        process.kill()
    assert soon(lambda: procfs.look(pid) is None)


def family_of(code: str) -> str:
    return f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"


def test_the_next_start_stops_what_a_killed_run_left_and_nothing_else(
    own_places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "PATIENCE", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    left = Child(python("left", family_of(deaf)), own_places)
    left.start()
    try:
        assert soon(lambda: "up" in left.log.read_text())
        grandchild = next(process.pid for process in procfs.session_members(left.pid) if process.pid != left.pid)
        mark_a_stranger(own_places.marks / "stranger.json")
        (own_places.marks / "cut-short.json").write_text('{"pid": 1')
        assert marks.stop_leftovers(own_places.marks) == ["left"]
        assert procfs.look(grandchild) is None
        assert list(own_places.marks.iterdir()) == []
    finally:
        left.kill()


def mark_a_stranger(file: Path) -> None:
    """As if our number had belonged to a child of a run long ago."""
    marks.write(file, os.getpid(), stop_signal=signal.SIGKILL)
    ours = marks.read(file)
    assert ours is not None
    file.write_text(file.read_text().replace(str(ours.started), str(ours.started - 1)))


def test_stopping_a_child_ends_what_it_started_too(own_places: Places) -> None:
    child = Child(python("family", family_of("print('up', flush=True); import time; time.sleep(600)")), own_places)
    child.start()
    try:
        assert soon(lambda: "up" in child.log.read_text())
        assert len(procfs.session_members(child.pid)) == 2
    finally:
        child.stop()
    assert soon(lambda: not procfs.session_members(child.pid))
