"""What the stack's children find in their environment: the settings `RENEWAL_…` and `PREFECT_…` of this stack."""

import os
from typing import Final

from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK, Ports

# A developer's own Prefect profile or PostgreSQL defaults must not leak into the stack.
FOREIGN: Final = ("PREFECT_", "PG")
REGISTRIES: Final = ("civil", "residency", "insurance", "manpower", "traffic")


def base_environment() -> dict[str, str]:
    """This process's environment without what would lead a child elsewhere; loopback never goes through a proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    for name in ("NO_PROXY", "no_proxy"):
        others = [kept[name]] if kept.get(name) else []
        kept[name] = ",".join([*others, LOOPBACK, "localhost"])
    return {**kept, "DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


def prefect_client(places: Places, ports: Ports) -> dict[str, str]:
    return {
        "PREFECT_API_URL": f"{ports.url('prefect')}/api",
        "PREFECT_HOME": str(places.var / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }


def renewal_settings(ports: Ports, secrets: LocalSecrets, *, database_url: str) -> dict[str, str]:
    """`infra.settings` as this stack answers it, but for the store."""
    sandbox = ports.url("sandbox")
    return {
        "RENEWAL_ENVIRONMENT": "local",
        "RENEWAL_DATABASE_URL": database_url,
        "RENEWAL_PREFECT_API_URL": f"{ports.url('prefect')}/api",
        "RENEWAL_PUBLIC_URL": ports.url("web"),
        "RENEWAL_KNET__PAGE_URL": f"{sandbox}/kpg/PaymentHTTP.htm",
        "RENEWAL_KNET__TRANPORTAL_URL": f"{sandbox}/kpg/tranPipe.htm",
        "RENEWAL_KNET__TRANPORTAL_ID": secrets.knet_tranportal_id.get_secret_value(),
        "RENEWAL_KNET__TRANPORTAL_PASSWORD": secrets.knet_tranportal_password.get_secret_value(),
        "RENEWAL_KNET__RESOURCE_KEY": secrets.knet_resource_key.get_secret_value(),
        "RENEWAL_TAP__API_URL": f"{sandbox}/v2",
        "RENEWAL_TAP__SECRET_KEY": secrets.tap_secret_key.get_secret_value(),
        "RENEWAL_TAP__MERCHANT_ID": "900001",
        **{f"RENEWAL_REGISTRIES__{name.upper()}_URL": f"{sandbox}/{name}" for name in REGISTRIES},
        "RENEWAL_REGISTRIES__TOKEN": secrets.registry_token.get_secret_value(),
        "RENEWAL_MESSAGES__URL": f"{sandbox}/messages-gateway",
        "RENEWAL_MESSAGES__TOKEN": secrets.registry_token.get_secret_value(),
        "RENEWAL_SEAL_KEY": secrets.seal_key.get_secret_value(),
    }
