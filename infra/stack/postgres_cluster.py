"""Where the private PostgreSQL cluster lives, who runs it, and how to talk to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from infra.stack import postgres_home, postgres_programs
from infra.stack.local_secrets import LocalSecrets
from infra.stack.ports import LOOPBACK
from infra.stack.postgres_programs import Programs
from infra.stack.process import Account

ADMIN: Final = "postgres"
BUSINESS: Final = "renewal"  # role and database
ENGINE: Final = "prefect"  # role and database
LONGEST_SOCKET: Final = 100  # Linux allows 107 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where it is and how to talk to it."""

    home: Path
    port: int
    programs: Programs
    account: Account | None
    secrets: LocalSecrets
    durable: bool = True  # False for tests: a power cut may lose data, a killed process does not

    @classmethod
    def at(cls, wanted: Path, *, port: int, secrets: LocalSecrets, durable: bool = True) -> "Cluster":
        """The cluster of this folder, which need not exist yet; StackError when the machine cannot run one."""
        account = postgres_home.account_for(wanted)
        home = postgres_home.place(wanted, account)
        version = home / "data" / "PG_VERSION"
        existing = int(version.read_text()) if version.exists() else None
        return cls(
            home=home,
            port=port,
            programs=postgres_programs.find(existing),
            account=account,
            secrets=secrets,
            durable=durable,
        )

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def business_url(self) -> str:
        """For SQLAlchemy with psycopg; over the socket where its path is short enough, as Prefect's."""
        return self.url_of(BUSINESS)

    def url_of(self, database: str) -> str:
        """Of a database that belongs to the business role."""
        password = quote(self.secrets.database_password.get_secret_value(), safe="")
        return f"postgresql+psycopg://{BUSINESS}:{password}@{self._where(database)}"

    @property
    def engine_url(self) -> str:
        """Prefect's, with the driver that it insists on."""
        password = quote(self.secrets.prefect_database_password.get_secret_value(), safe="")
        return f"postgresql+asyncpg://{ENGINE}:{password}@{self._where(ENGINE)}"

    def _where(self, database: str) -> str:
        if len(f"{self.home}/.s.PGSQL.{self.port}".encode()) <= LONGEST_SOCKET:
            return f"/{database}?host={quote(str(self.home))}&port={self.port}"
        return f"{LOOPBACK}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """As the cluster's administrator, each statement by itself."""
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            dbname=database,
            user=ADMIN,
            password=self.secrets.database_admin_password.get_secret_value(),
            sslmode="disable",
            connect_timeout=2,
            autocommit=True,
        )
