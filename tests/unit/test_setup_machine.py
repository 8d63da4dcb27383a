"""The set-up of a fresh machine: it installs what is missing, nothing else, and says what it cannot do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.setup import machine, minio, packages
from infra.setup.machine import Need
from infra.setup.shell import SetupError


class Machine:
    """A pretended machine on which packages bring what they promise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, programs: Sequence[str], root: bool) -> None:
        self.ran: list[str] = []
        self.has: set[str] = set()
        self.refuses: set[str] = set()
        needs = (self._need("database"), self._need("venv"))
        monkeypatch.setattr(machine, "NEEDS", needs)
        monkeypatch.setattr(machine, "run", self._run)
        monkeypatch.setattr(machine, "succeeds", lambda command: command[0] in programs)
        monkeypatch.setattr(machine.shutil, "which", lambda name: name if name in programs else None)
        monkeypatch.setattr(machine.os, "geteuid", lambda: 0 if root else 1000)

    def _need(self, name: str) -> Need:
        package = (f"{name}-package",)
        return Need(name, lambda: name in self.has, {"apt-get": package, "dnf": package})

    def _run(self, title: str, command: Sequence[str], **_: Any) -> None:
        self.ran.append(" ".join(command))
        if command[-1] in self.refuses:
            raise SetupError(f"{title} failed")
        self.has.add(command[-1].removesuffix("-package"))


def test_a_complete_machine_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = Machine(monkeypatch, programs=["apt-get"], root=True)
    pretended.has = {"database", "venv"}
    machine.prepare()
    assert pretended.ran == []


def test_only_what_is_missing_is_installed_after_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = Machine(monkeypatch, programs=["apt-get"], root=True)
    pretended.has = {"venv"}
    machine.prepare()
    assert pretended.ran[:2] == ["dpkg --configure -a", "apt-get update -q"]
    assert len(pretended.ran) == 3
    assert pretended.ran[2].endswith("install -y -q --no-install-recommends database-package")


def test_who_is_not_root_goes_through_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = Machine(monkeypatch, programs=["dnf", "sudo"], root=False)
    machine.prepare()
    assert pretended.ran == ["sudo dnf install -y -q database-package", "sudo dnf install -y -q venv-package"]


def test_without_sudo_the_administrators_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, programs=["apt-get"], root=False)
    with pytest.raises(SetupError, match="apt-get install database-package venv-package"):
        machine.prepare()


def test_a_needed_package_that_is_not_to_be_had_stops_the_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = Machine(monkeypatch, programs=["apt-get"], root=True)
    pretended.refuses = {"database-package"}
    with pytest.raises(SetupError, match="database-package failed"):
        machine.prepare()


def test_a_machine_with_another_package_manager_hears_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Machine(monkeypatch, programs=[], root=True)
    with pytest.raises(SetupError, match="Neither apt-get nor dnf"):
        machine.prepare()
    assert "missing: database" in capsys.readouterr().out


def test_a_changed_lock_or_python_asks_for_the_packages_again(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    for name in (*packages.LOCKS, packages.TOOL_LOCK):
        (tmp_path / name).write_text("one==1\n")
    before = packages.fingerprint(tmp_path, "3.11.7")
    assert packages.fingerprint(tmp_path, "3.11.7") == before
    assert packages.fingerprint(tmp_path, "3.12.1") != before
    (tmp_path / packages.LOCKS[1]).write_text("one==2\n")
    assert packages.fingerprint(tmp_path, "3.11.7") != before


def test_what_pip_was_told_about_mirrors_reaches_the_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "global.index-url='https://mirror.example/simple'\nglobal.cert='/etc/ca.crt'\nglobal.timeout='60'"
    monkeypatch.setattr(packages, "output_of", lambda _command: told)
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/my-own.crt")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert packages.index_settings() == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}


def test_minio_of_the_pinned_version_is_not_built_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(minio, "FOLDER", tmp_path / "bin")
    monkeypatch.setattr(minio.shutil, "which", lambda _name: "go")
    ran: list[str] = []
    monkeypatch.setattr(minio, "run", lambda title, _command, **_: ran.append(title))
    for version in (minio.VERSION, "v0.0.0-older"):
        carried = f"\tpath\t{minio.MODULE}\n\tmod\t{minio.MODULE}\t{version}\th1:x="
        monkeypatch.setattr(minio, "output_of", lambda _command, carried=carried: carried)
        minio.build()
    assert len(ran) == 1


def test_without_go_the_person_hears_what_happens_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minio.shutil, "which", lambda _name: None)
    with pytest.raises(SetupError, match="needs Go"):
        minio.build()
