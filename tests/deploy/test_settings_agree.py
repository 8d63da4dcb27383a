"""Every setting that is deployed is one that somebody reads, and none that must be given is forgotten."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings
from prefect_redis.cleanup_queue import RedisWorkerCleanupQueueSettings
from prefect_redis.client import RedisMessagingSettings
from pydantic import AliasChoices, BaseModel
from pydantic_settings import BaseSettings

from infra.settings import Settings
from infra.stack.prefect_machines import CLIENT, REDIS_ADDRESSES, SHARED
from infra.stack.prefect_server import SETTINGS
from tests.deploy.conftest import DEPLOY, containers
from tests.sample_settings import OPTIONAL, SECRETS, fields_of

OURS = {f"RENEWAL_{name.replace('.', '__').upper()}": field for name, field in fields_of(Settings)}
REQUIRED = {name for name, field in OURS.items() if field.is_required() and not name.startswith(OPTIONAL)}
OF_THE_IMAGE = {"PREFECT_HOME", "PREFECT_SERVER_UI_STATIC_DIRECTORY"}
ONE_STORE = {"RENEWAL_STORE__DIRECTORY"}  # several machines share no folder
CHART = DEPLOY / "chart"
PREFECT_SECRETS = {"PREFECT_SERVER_DATABASE_CONNECTION_URL", *REDIS_ADDRESSES}


def of_prefect(kind: type[BaseModel]) -> Iterator[str]:
    """Every variable that Prefect reads, by its newest name and by the older ones."""
    prefix = str(kind.model_config["env_prefix"])
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings):
            yield from of_prefect(field.annotation)
        yield f"{prefix}{name}".upper()
        if isinstance(field.validation_alias, AliasChoices):
            yield from (choice.upper() for choice in field.validation_alias.choices if isinstance(choice, str))


PREFECT = {
    name
    for kind in (PrefectSettings, RedisMessagingSettings, RedisWorkerCleanupQueueSettings)
    for name in of_prefect(kind)
}


def names_of(service: dict[str, Any]) -> set[str]:
    secrets = {each["source"] for each in service.get("secrets", [])}
    return {
        name for name in {*(service.get("environment") or {}), *secrets} if name.startswith(("RENEWAL_", "PREFECT_"))
    }


def test_prefect_knows_each_of_its_settings() -> None:
    assert {*SETTINGS, *SHARED, *CLIENT, *REDIS_ADDRESSES} - PREFECT == set()


def test_compose_names_no_setting_that_nobody_reads(composed: dict[str, Any]) -> None:
    ours = {"migrate", "worker", "web", "prefect-migrate", "prefect-1", "prefect-2", "prefect-services"}
    for name in ours:
        unknown = names_of(composed["services"][name]) - set(OURS) - PREFECT
        assert unknown == set(), name


@pytest.mark.parametrize("name", ["migrate", "worker", "web"])
def test_compose_gives_the_product_all_that_it_needs(composed: dict[str, Any], name: str) -> None:
    """What is not secret comes from the file of settings, a copy of .env.example, which another test holds complete."""
    service = composed["services"][name]
    given = names_of(service)
    assert given >= REQUIRED | set(SECRETS)
    filled = {key for key, value in service["environment"].items() if value}
    assert filled & set(SECRETS) == set(), "secrets are files"
    assert service["environment"].items() >= CLIENT.items()


@pytest.mark.parametrize("name", ["prefect-1", "prefect-2", "prefect-services", "prefect-migrate"])
def test_compose_gives_prefect_what_the_stack_gives_it(composed: dict[str, Any], name: str) -> None:
    environment = composed["services"][name]["environment"]
    wanted = {**SETTINGS, **SHARED}
    assert {key: environment.get(key) for key in wanted} == wanted
    assert names_of(composed["services"][name]) >= PREFECT_SECRETS


def test_the_chart_names_no_setting_that_nobody_reads(charted: list[dict[str, Any]]) -> None:
    seen = 0
    for _, container in containers(charted):
        names = {each["name"] for each in container.get("env", []) if each["name"].startswith(("RENEWAL_", "PREFECT_"))}
        if container["name"] == "rules":
            continue  # HAProxy's own variables
        seen += len(names)
        assert names - set(OURS) - PREFECT == set(), container["name"]
        assert len(names) == len([each for each in container.get("env", []) if each["name"] in names]), "named twice"
    assert seen > 0


def test_the_chart_gives_prefect_what_the_stack_gives_it(charted: list[dict[str, Any]]) -> None:
    found = [container for _, container in containers(charted) if container["name"] == "prefect"]
    assert len(found) == 3
    for container in found:
        environment = {each["name"]: each.get("value") for each in container["env"]}
        assert environment.items() >= {**SETTINGS, **SHARED}.items()


def test_the_charts_schema_takes_every_setting_of_the_product_and_no_secret(charted: list[dict[str, Any]]) -> None:
    """When a setting comes or goes: `settings` of infra/deploy/chart/values.schema.json, and `required` below it."""
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))["properties"]["settings"]
    [worker] = [container for _, container in containers(charted) if container["name"] == "worker"]
    assert {each["name"]: each.get("value") for each in worker["env"]}.items() >= CLIENT.items()
    values = yaml.safe_load((CHART / "values.example.yaml").read_text("utf-8"))["settings"]
    set_by_the_chart = {each["name"] for each in worker["env"]} - set(values)
    assert set(schema["properties"]) == set(OURS) - set(SECRETS) - set_by_the_chart - ONE_STORE
    assert set(schema["required"]) == (REQUIRED - set(SECRETS) - set_by_the_chart) | {"RENEWAL_STORE__ENDPOINT"}


def test_the_images_own_settings_are_prefects() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    named = set(re.findall(r"\b(PREFECT_\w+)=", text))
    assert named == OF_THE_IMAGE
    assert named <= PREFECT
