"""Helm and Compose are built when they are not there in the pinned version, and left alone when they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.setup import deploy_tools
from infra.setup.shell import SetupError

HELM, COMPOSE = deploy_tools.PROGRAMS


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Sequence[str]]:
    """What would have been run, on a machine with Go and without the programs."""
    commands: list[Sequence[str]] = []

    def run(_title: str, command: Sequence[str], **_: Any) -> None:
        commands.append(command)

    monkeypatch.setattr(deploy_tools, "run", run)
    monkeypatch.setattr(deploy_tools, "FOLDER", tmp_path / "bin")
    monkeypatch.setattr(deploy_tools.machine, "prepare", lambda _needs: None)
    monkeypatch.setattr(deploy_tools.shutil, "which", lambda name, **_: name)
    monkeypatch.setattr(deploy_tools, "output_of", lambda _command: "")
    return commands


def test_what_is_missing_is_built_from_its_pinned_source(ran: list[Sequence[str]]) -> None:
    deploy_tools.install()
    got = [command[-1] for command in ran if "get" in command]
    assert got == [f"{each.module}/{each.package}@{each.version}" for each in (HELM, COMPOSE)]
    assert [command[-1] for command in ran if "build" in command] == [
        f"{each.module}/{each.package}" for each in (HELM, COMPOSE)
    ]


@pytest.mark.parametrize("word", ["mod", "dep"])
def test_what_is_there_in_its_version_is_left_alone(
    ran: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    told = f"bin/helm: go1.26\n\tpath\tx\n\t{word}\t{HELM.module}\t{HELM.version}\th1:abc=\n"
    monkeypatch.setattr(deploy_tools, "output_of", lambda command: told if command[-1].name == HELM.name else "")
    deploy_tools.install()
    assert [command for command in ran if any(HELM.module in str(each) for each in command)] == []
    assert ran, "the other one was built"


def test_without_go_it_says_so(ran: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy_tools.shutil, "which", lambda _name, **_: None)
    with pytest.raises(SetupError, match="need Go"):
        deploy_tools.install()
    assert ran == []
