"""The images: clean, pinned, not root, with no more of the machine's packages than they need."""

import re
import sys
from pathlib import Path

import pytest

from infra.deploy.with_secrets import read_secrets
from infra.setup import minio
from tests.deploy.conftest import DEPLOY, run, tool

DOCKERFILES = ("Dockerfile", "minio.Dockerfile")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_linter_has_nothing_to_say(name: str) -> None:
    done = run(tool("hadolint"), str(DEPLOY / name))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_bases_are_pinned_and_the_last_user_is_not_root(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"[a-z]+:[\w.-]*\d[\w.-]*(-\w+)*|debian:bookworm-slim", base) for base in bases), bases
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] == "10001:10001"


def test_it_needs_no_library_of_the_system() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert re.findall(r"apt-get install (.*)", text) == ["-y --no-install-recommends ca-certificates \\"]


def test_packages_come_from_the_locks_with_their_hashes() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert text.count("--require-hashes") == 2
    assert "COPY requirements/uv.txt requirements/run.txt" in text


def test_it_copies_all_that_the_product_is_made_of() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for folder in ("models", "infra", "tasks", "flows", "web", "templates"):
        assert f"COPY {folder} {folder}\n" in text
        assert f"!{folder}\n" in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")


def test_minio_is_the_one_that_is_tested() -> None:
    assert f"ARG MINIO={minio.VERSION}\n" in (DEPLOY / "minio.Dockerfile").read_text("utf-8")


def test_secrets_are_read_from_files_named_like_variables(tmp_path: Path) -> None:
    (tmp_path / "RENEWAL_SEAL_KEY").write_text("a secret\n")
    (tmp_path / "RENEWAL_TAP__SECRET_KEY").write_text("\n")
    (tmp_path / "authorities").write_text("-----BEGIN")
    assert read_secrets(tmp_path, already={}) == {"RENEWAL_SEAL_KEY": "a secret"}
    assert read_secrets(tmp_path / "absent", already={}) == {}


def test_a_secret_that_is_a_variable_too_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "RENEWAL_SEAL_KEY").write_text("one")
    with pytest.raises(ValueError, match="RENEWAL_SEAL_KEY is set") as refused:
        read_secrets(tmp_path, already={"RENEWAL_SEAL_KEY": "two"})
    assert "one" not in str(refused.value)


def test_the_entry_point_becomes_its_command() -> None:
    done = run(sys.executable, str(DEPLOY / "with_secrets.py"), sys.executable, "-c", "print('here')")
    assert done.stdout == "here\n"
