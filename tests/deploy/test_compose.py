"""The compose file: accepted by Compose, refused without what must be given, and as careful as it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.settings import WorkerSettings
from tests.deploy.conftest import IMAGES, NAMES, compose

ONCE = {"migrate", "prefect-migrate"}
WITHOUT_A_QUESTION = {"prefect-services", "prefect", "staff", "sign-in", "edge"}


@pytest.mark.parametrize("name", [*NAMES, *IMAGES, "RENEWAL_SETTINGS", "SECRETS"])
def test_what_has_no_default_must_be_given(tmp_path: Path, name: str) -> None:
    done = compose(tmp_path, **{name: ""})
    assert done.returncode != 0
    assert name in done.stderr


def test_everything_that_runs_is_there(composed: dict[str, Any]) -> None:
    services = composed["services"]
    assert {"postgres", "minio", "redis", "prefect-1", "prefect-2", "prefect-services", "worker", "web"} <= set(
        services
    )
    assert services["worker"]["deploy"]["replicas"] == 3
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["prefect-services"]["deploy"]["replicas"] == 1


def test_all_start_again_and_none_may_write_or_gain_rights(composed: dict[str, Any]) -> None:
    for name, service in composed["services"].items():
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped"), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]), name


def test_what_can_be_asked_is_asked_for_its_health(composed: dict[str, Any]) -> None:
    asked = {name for name, service in composed["services"].items() if "healthcheck" in service}
    assert asked == set(composed["services"]) - ONCE - WITHOUT_A_QUESTION


def test_a_worker_is_given_longer_than_its_drain(composed: dict[str, Any]) -> None:
    worker = composed["services"]["worker"]
    drain = float(worker["environment"]["RENEWAL_WORKER__DRAIN_SECONDS"])
    assert drain >= WorkerSettings().drain_seconds
    assert seconds(worker["stop_grace_period"]) >= drain + 15


def seconds(text: str) -> float:
    [(minutes, rest)] = re.findall(r"^(?:(\d+)m)?(?:(\d+)s)?$", text)
    return 60 * int(minutes or 0) + int(rest or 0)


def test_one_door_leads_in_and_the_engine_has_none(composed: dict[str, Any]) -> None:
    services = composed["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["edge"]
    inside = {name for name, network in composed["networks"].items() if network.get("internal")}
    assert inside == {"data", "engine", "work", "front", "staff"}
    for name in ("postgres", "redis", "minio", "prefect-1", "prefect-2", "prefect", "staff"):
        assert set(services[name]["networks"]) <= inside, name
    ways_to_prefect = {name for name, service in services.items() if {"engine", "work"} & set(service["networks"])}
    assert "edge" not in ways_to_prefect
    assert "sign-in" not in ways_to_prefect


def test_secrets_are_files_and_none_stands_in_the_environment(composed: dict[str, Any]) -> None:
    assert all(set(secret) <= {"name", "file"} for secret in composed["secrets"].values())
    for name, service in composed["services"].items():
        given = service.get("environment") or {}
        secret = set(composed["secrets"]) & {key for key, value in given.items() if value}
        assert secret == set(), name
        for key in given:
            assert not re.search(r"PASSWORD$|SECRET$|TOKEN$", key) or not given[key], (name, key)
