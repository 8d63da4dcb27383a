"""The local stack's own secrets: made at the first start, kept in `var/local.env`, readable by its owner only."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, Self

from pydantic import SecretStr

from infra.stack import private_file


def _password() -> str:
    return secrets.token_urlsafe(24)


def _alphanumeric(length: int) -> str:
    return secrets.token_hex(length)[:length].upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSecrets:
    database_admin_password: SecretStr
    database_password: SecretStr
    prefect_database_password: SecretStr
    documents_access_key: SecretStr
    documents_secret_key: SecretStr
    redis_password: SecretStr
    knet_tranportal_id: SecretStr
    knet_tranportal_password: SecretStr
    knet_resource_key: SecretStr
    tap_secret_key: SecretStr
    registry_token: SecretStr
    seal_key: SecretStr

    @classmethod
    def kept_in(cls, file: Path) -> Self:
        """The secrets of this file; those it lacks are made and added, the rest stay as they are."""
        kept = dict(line.split("=", 1) for line in _lines(file))
        names = [item.name for item in fields(cls)]
        values = {name: kept.get(name.upper()) or _MAKERS.get(name, _password)() for name in names}
        made = cls(**{name: SecretStr(value) for name, value in values.items()})
        if any(name.upper() not in kept for name in names):
            made.save(file)
        return made

    def save(self, file: Path) -> None:
        values = asdict(self).items()
        private_file.write(file, "".join(f"{name.upper()}={value.get_secret_value()}\n" for name, value in values))


_MAKERS: Final[dict[str, Callable[[], str]]] = {
    "documents_access_key": lambda: _alphanumeric(20),
    "knet_tranportal_id": lambda: str(secrets.randbelow(900_000) + 100_000),
    "knet_resource_key": lambda: _alphanumeric(16),  # AES-128: KNET's key is sixteen characters
    "seal_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text().splitlines() if "=" in line]
    except FileNotFoundError:
        return []
