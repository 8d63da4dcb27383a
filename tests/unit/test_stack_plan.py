"""What the local stack decides before anything starts: ports, secrets, environment, programs, order."""

import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.stack import documents, minio, postgres_programs
from infra.stack.environment import base_environment, renewal_settings
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.postgres_cluster import LONGEST_SOCKET, Cluster
from infra.stack.postgres_programs import Programs


@pytest.fixture
def local(tmp_path: Path) -> LocalSecrets:
    return LocalSecrets.kept_in(tmp_path / "local.env")


def test_a_taken_port_is_replaced_by_a_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(Ports.__init__, "__kwdefaults__", {**Ports.__init__.__kwdefaults__, "web": port})
        assert Ports.friendly().web not in {port, 0}


def test_private_ports_differ_from_each_other() -> None:
    ports = Ports.private()
    assert len({ports.web, ports.sandbox, ports.prefect, ports.database, ports.documents}) == 5


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "local.env"
    first = LocalSecrets.kept_in(file)
    assert LocalSecrets.kept_in(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_asks_for_is_added_to_the_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "local.env"
    first = LocalSecrets.kept_in(file)
    older = [line for line in file.read_text().splitlines() if not line.startswith("SEAL_KEY")]
    file.write_text("\n".join(older))
    second = LocalSecrets.kept_in(file)
    assert second.database_password == first.database_password
    assert second.seal_key != first.seal_key
    assert LocalSecrets.kept_in(file) == second


def test_secrets_do_not_show_when_printed(local: LocalSecrets) -> None:
    assert local.database_password.get_secret_value() not in repr(local)


def test_the_environment_answers_every_setting(local: LocalSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    told = renewal_settings(Ports(), local, database_url="postgresql+psycopg://renewal:x@/renewal?host=/run")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.knet.page_url == "http://127.0.0.1:8090/kpg/PaymentHTTP.htm"
    assert settings.registries.traffic_url == "http://127.0.0.1:8090/traffic"
    assert len(settings.knet.resource_key.get_secret_value()) == 16


def test_a_developers_own_prefect_and_proxy_do_not_lead_children_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://elsewhere.example/api")
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    environment = base_environment()
    assert not {"PREFECT_API_URL", "PGSSLMODE"} & environment.keys()
    assert environment["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"


def test_without_a_minio_program_documents_go_to_a_folder_and_the_line_names_the_remedy(
    local: LocalSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(documents.ENDPOINT, raising=False)
    monkeypatch.setattr(minio, "find_program", lambda: None)
    chosen = documents.choose(Places(tmp_path), Ports(), local)
    assert chosen.settings == {"RENEWAL_STORE__DIRECTORY": str(tmp_path / "documents")}
    assert "make minio" in chosen.words


def test_a_configured_store_is_left_alone(local: LocalSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(documents.ENDPOINT, "store.example:9000")
    chosen = documents.choose(Places(tmp_path), Ports(), local)
    assert (chosen.program, chosen.settings) == (None, {})


def test_a_long_checkout_path_falls_back_from_the_socket_to_loopback(local: LocalSecrets) -> None:
    def url(home: str) -> str:
        programs = Programs(Path("/usr/bin"), 15)
        cluster = Cluster(home=Path(home), port=54320, programs=programs, account=None, secrets=local)
        return cluster.business_url

    assert url("/srv/renewal").endswith("@/renewal?host=/srv/renewal&port=54320")
    assert url("/" + "x" * LONGEST_SOCKET).endswith("@127.0.0.1:54320/renewal")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(*majors: int) -> None:
        folders = [tmp_path / str(major) for major in majors]
        for major, folder in zip(majors, folders, strict=True):
            folder.mkdir()
            for name in ("initdb", "postgres"):
                (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.2 (Debian)'\n")
                (folder / name).chmod(0o755)
        monkeypatch.setattr(postgres_programs, "_folders", lambda: iter(folders))

    return install


def test_the_newest_postgresql_makes_a_new_cluster(installed: Callable[..., None]) -> None:
    installed(15, 17, 16)
    assert postgres_programs.find(None).major == 17


def test_an_existing_cluster_is_served_by_the_version_that_made_it(installed: Callable[..., None]) -> None:
    installed(15, 17)
    assert postgres_programs.find(15).major == 15


def test_a_cluster_whose_version_is_gone_names_the_remedy(installed: Callable[..., None]) -> None:
    installed(17)
    with pytest.raises(StackError, match=r"made by PostgreSQL 15.*Install PostgreSQL 15, or .*make clean"):
        postgres_programs.find(15)


@pytest.mark.parametrize(("majors", "found"), [((14,), "14"), ((), "none")])
def test_too_old_or_no_postgresql_names_the_remedy(
    installed: Callable[..., None], majors: tuple[int, ...], found: str
) -> None:
    installed(*majors)
    with pytest.raises(StackError, match=f"found: {found}. `make setup`"):
        postgres_programs.find(None)
