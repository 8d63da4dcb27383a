"""Cases as one version of the code left them: rows, objects, and what the world outside knew; kept as one JSON file."""

import json
from base64 import b64decode, b64encode
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import scalar_row
from pydantic import BaseModel, ConfigDict

from infra.sandbox.population import Resident
from infra.stack.postgres_cluster import Cluster
from models.money import Money
from tests.world import World

FILE: Final = Path(__file__).with_name("recorded.json")
_TABLES: Final = (
    "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' order by 1"
)


class Recording(BaseModel):
    """`revision` is the migration that the rows belong to; `cases` are the ids by the name of their tale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: str
    at: datetime
    cases: dict[str, UUID]
    statuses: dict[str, str]
    people: list[Resident]
    charges: dict[str, int]
    objects: dict[str, str]
    rows: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, world: World, cluster: Cluster, database: str, cases: dict[str, UUID]) -> "Recording":
        with cluster.connect(database) as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            [revision] = cursor.execute("select version_num from alembic_version").fetchall()
            rows = {}
            for table in cursor.execute(_TABLES).fetchall():
                query = sql.SQL("select row_to_json(t) from {} t").format(sql.Identifier(str(table)))
                if found := cursor.execute(query).fetchall():
                    rows[str(table)] = found
        root = world.store.root
        return cls(
            revision=str(revision),
            at=world.clock.at,
            cases=cases,
            statuses={name: world.status(case_id).value for name, case_id in cases.items()},
            people=list(world.registries.people.values()),
            charges={trackid: amount.fils for trackid, amount in world.gateway.charges.items()},
            objects={
                path.relative_to(root).as_posix(): b64encode(path.read_bytes()).decode()
                for path in sorted(root.rglob("*"))
                if path.is_file()
            },
            rows=rows,
        )

    @classmethod
    def read(cls) -> "Recording":
        return cls.model_validate_json(FILE.read_bytes())

    def write(self) -> None:
        """A line for each row, so that a new recording can be compared with the old one."""
        parts = self.model_dump(mode="json")
        words = [f"{json.dumps(name)}: {_lines(value)}" for name, value in parts.items()]
        FILE.write_text("{" + ",\n".join(words) + "}\n", encoding="utf-8")

    def put_rows(self, cluster: Cluster, database: str) -> None:
        """Into a database at `revision`; no guard and no key is asked, as when a backup is restored."""
        with cluster.connect(database) as connection, connection.transaction():
            connection.execute("set local session_replication_role = replica")
            for table, rows in self.rows.items():
                insert = sql.SQL("insert into {0} select * from json_populate_recordset(null::{0}, %s)")
                connection.execute(insert.format(sql.Identifier(table)), [json.dumps(rows)])

    def put_outside(self, world: World) -> None:
        """What registries, bank and store have of it."""
        world.clock.at = self.at
        world.registries.people |= {each.civil_number: each for each in self.people}
        world.gateway.charges |= {trackid: Money(fils) for trackid, fils in self.charges.items()}
        for key, data in self.objects.items():
            world.store.put(key, b64decode(data), media_type="application/octet-stream")


def _lines(value: object) -> str:
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {_lines(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
