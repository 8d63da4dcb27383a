"""A complete, synthetic environment for the settings; no address in it leads anywhere."""

import os
from collections.abc import Iterator
from typing import TypeGuard, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings import Settings

SECRETS = {
    "RENEWAL_DATABASE_URL": "postgresql+psycopg://renewal:hush-database@database.example/renewal",
    "RENEWAL_KNET__TRANPORTAL_PASSWORD": "hush-tranportal",
    "RENEWAL_KNET__RESOURCE_KEY": "HUSHRESOURCEKEY1",
    "RENEWAL_TAP__SECRET_KEY": "hush-tap",
    "RENEWAL_REGISTRIES__TOKEN": "hush-registries",
    "RENEWAL_MESSAGES__TOKEN": "hush-messages",
    "RENEWAL_SEAL_KEY": "hushhushhushhushhushhushhushhushhushhushhus=",
    "RENEWAL_STORE__ACCESS_KEY": "hush-access",
    "RENEWAL_STORE__SECRET_KEY": "hush-store",
}

ENVIRONMENT = {
    **SECRETS,
    "RENEWAL_ENVIRONMENT": "production",
    "RENEWAL_PREFECT_API_URL": "https://prefect.example/api",
    "RENEWAL_PUBLIC_URL": "https://renewal.example",
    "RENEWAL_KNET__PAGE_URL": "https://bank.example/page",
    "RENEWAL_KNET__TRANPORTAL_URL": "https://bank.example/inquiry",
    "RENEWAL_KNET__TRANPORTAL_ID": "900001",
    "RENEWAL_TAP__API_URL": "https://tap.example/v2",
    "RENEWAL_TAP__MERCHANT_ID": "900001",
    "RENEWAL_REGISTRIES__CIVIL_URL": "https://registries.example/civil",
    "RENEWAL_REGISTRIES__RESIDENCY_URL": "https://registries.example/residency",
    "RENEWAL_REGISTRIES__INSURANCE_URL": "https://registries.example/insurance",
    "RENEWAL_REGISTRIES__MANPOWER_URL": "https://registries.example/manpower",
    "RENEWAL_REGISTRIES__TRAFFIC_URL": "https://registries.example/traffic",
    "RENEWAL_MESSAGES__URL": "https://messages.example/v1",
}

OPTIONAL = "RENEWAL_TAP__"  # a group that is given as a whole or not at all


def fields_of(kind: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting by its path, such as `knet.page_url`."""
    for name, field in kind.model_fields.items():
        group = next((each for each in (field.annotation, *get_args(field.annotation)) if _is_group(each)), None)
        if group is not None:
            yield from fields_of(group, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


def _is_group(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def read_settings(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    """The settings as read from ENVIRONMENT with `changed` in it; None takes a variable away."""

    for variable in [each for each in os.environ if each.startswith("RENEWAL_")]:
        monkeypatch.delenv(variable)
    for variable, value in {**ENVIRONMENT, **changed}.items():
        if value is not None:
            monkeypatch.setenv(variable, value)
    return Settings()
