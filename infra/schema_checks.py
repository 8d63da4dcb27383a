"""CHECK constraints of the tables and of the database, compared: Alembic writes those of new tables and columns only.

Without it a new value of an enum is refused only in earnest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CheckConstraint, Connection, MetaData, Table, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.schema import AddConstraint

_PROBE: Final = "check_probe"
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")
_HELD: Final = text(
    "select conname, pg_get_constraintdef(oid) from pg_constraint"
    " where contype = 'c' and conrelid = cast(:table as regclass)"
)


@dataclass(frozen=True, slots=True)
class Differing:
    """A check as the database holds it and as the tables want it; None: one of them has none of this name.

    `sql` makes the wanted one; PostgreSQL does not read its own words back as what they were.
    """

    table: str
    name: str
    held: str | None
    wanted: str | None
    sql: str

    def __str__(self) -> str:
        if self.held is None:
            return f"{self.table}: the database has no check {self.name}"
        if self.wanted is None:
            return f"{self.table}: the tables have no check {self.name}, or not these columns: {self.held}"
        return f"{self.table}: check {self.name}: {_difference(self.held, self.wanted)}"

    @property
    def upgrade(self) -> list[str]:
        return [*self._dropping(self.held), *([] if self.wanted is None else [self.sql])]

    @property
    def downgrade(self) -> list[str]:
        again = [] if self.held is None else [f"alter table {self.table} add constraint {self.name} {self.held}"]
        return [*self._dropping(self.wanted), *again]

    def _dropping(self, there: str | None) -> list[str]:
        """A column that goes takes its check along: hence `if exists`."""
        return [] if there is None else [f"alter table {self.table} drop constraint if exists {self.name}"]


def check_drift(connection: Connection, metadata: MetaData) -> list[Differing]:
    """Which checks differ; it leaves nothing behind. Tables that are not there are left out."""
    there = set(inspect(connection).get_table_names())
    return [each for table in metadata.sorted_tables if table.name in there for each in _of_table(connection, table)]


def _of_table(connection: Connection, table: Table) -> Iterator[Differing]:
    held, wanted, sql = _held(connection, table.name), _wanted(connection, table), _sql(connection, table)
    for name in sorted(held.keys() | wanted.keys()):
        if name not in held or name not in wanted or _form(held[name]) != _form(wanted[name]):
            yield Differing(table.name, name, held.get(name), wanted.get(name), sql.get(name, ""))


def _sql(connection: Connection, table: Table) -> dict[str, str]:
    """What makes each check of the table, by its name."""
    dialect = connection.dialect
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
    return {
        str(dialect.identifier_preparer.format_constraint(each)): str(
            AddConstraint(each).compile(dialect=dialect)
        ).replace("%%", "%")
        for each in checks
    }


def _held(connection: Connection, table: str) -> dict[str, str]:
    return {str(name): str(definition) for name, definition in connection.execute(_HELD, {"table": table})}


def _wanted(connection: Connection, table: Table) -> dict[str, str]:
    """As PostgreSQL itself would write them: made on an empty copy of the table, and taken back."""
    with connection.begin_nested() as tried:
        connection.execute(text(f"create temporary table {_PROBE} (like {table.name})"))
        for sql in _sql(connection, table).values():
            _add(connection, sql.replace(table.name, f"pg_temp.{_PROBE}", 1))
        made = _held(connection, f"pg_temp.{_PROBE}")
        tried.rollback()
    return made


def _add(connection: Connection, sql: str) -> None:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(sql)
    except ProgrammingError:
        return  # a column that the database lacks: that is told, and this check with it


def _form(definition: str) -> tuple[str, list[str]]:
    """The order of an enum's values does not matter."""
    return _QUOTED.sub("?", definition), sorted(_QUOTED.findall(definition))


def _difference(held: str, wanted: str) -> str:
    lacking = set(_QUOTED.findall(wanted)) - set(_QUOTED.findall(held))
    left = set(_QUOTED.findall(held)) - set(_QUOTED.findall(wanted))
    of_words = all("::text" in each for each in (held, wanted))
    if not of_words or not (lacking or left):
        return f"the database says {held}, the tables {wanted}"
    words = [f"the database does not take {', '.join(sorted(lacking))}"] if lacking else []
    return "; ".join([*words, *([f"the database still takes {', '.join(sorted(left))}"] if left else [])])
