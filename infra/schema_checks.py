"""CHECK constraints of the tables and of the database, compared: Alembic does not do it.

Without it a new value of an enum is refused only in earnest.
"""

import re
from collections.abc import Iterator
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


def check_drift(connection: Connection, metadata: MetaData) -> list[str]:
    """Which checks differ, in one sentence each; it leaves nothing behind. Tables that are not there are left out."""
    there = set(inspect(connection).get_table_names())
    return [each for table in metadata.sorted_tables if table.name in there for each in _of_table(connection, table)]


def _of_table(connection: Connection, table: Table) -> Iterator[str]:
    held, wanted = _held(connection, table.name), _wanted(connection, table)
    for name in sorted(held.keys() | wanted.keys()):
        if name not in held:
            yield f"{table.name}: the database has no check {name}"
        elif name not in wanted:
            yield f"{table.name}: the tables have no check {name}, or not these columns: {held[name]}"
        elif _form(held[name]) != _form(wanted[name]):
            yield f"{table.name}: check {name}: {_difference(held[name], wanted[name])}"


def _held(connection: Connection, table: str) -> dict[str, str]:
    return {str(name): str(definition) for name, definition in connection.execute(_HELD, {"table": table})}


def _wanted(connection: Connection, table: Table) -> dict[str, str]:
    """As PostgreSQL itself would write them: made on an empty copy of the table, and taken back."""
    with connection.begin_nested() as tried:
        connection.execute(text(f"create temporary table {_PROBE} (like {table.name})"))
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                _add(connection, table, constraint)
        made = _held(connection, f"pg_temp.{_PROBE}")
        tried.rollback()
    return made


def _add(connection: Connection, table: Table, constraint: CheckConstraint) -> None:
    sql = str(AddConstraint(constraint).compile(dialect=connection.dialect))
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(sql.replace(table.name, f"pg_temp.{_PROBE}", 1).replace("%%", "%"))
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
