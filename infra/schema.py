"""The schema of the database: brought up by Alembic, and compared with the tables of `models`."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations.ops import ExecuteSQLOp, MigrationScript
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine

import models
from infra.schema_checks import check_drift

_FOLDER: Final = Path(__file__).parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the schema to `to`; safe to repeat and to run from several processes at once."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), to)


def unmigrate(engine: Engine, *, to: str = "base") -> None:
    """Take the schema back to `to`; used by the test that goes up, down and up again."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), to)


def revise(engine: Engine, message: str) -> str:
    """Write a new migration with what the tables have and the database does not; where it is.

    Triggers, functions and data are no tables: whoever needs them writes them into it by hand.
    """
    with engine.begin() as connection:
        config = _config(connection)
        [written] = [command.revision(config, message, autogenerate=True, process_revision_directives=_with_checks)]
    return str(written.path) if isinstance(written, Script) else ""


def _with_checks(context: MigrationContext, _revision: object, scripts: list[MigrationScript]) -> None:
    """Before the columns change; on the way back after them."""
    [script] = scripts
    if context.connection is None or script.upgrade_ops is None or script.downgrade_ops is None:
        return
    differing = check_drift(context.connection, models.metadata)
    script.upgrade_ops.ops[:0] = [ExecuteSQLOp(sql) for each in differing for sql in each.upgrade]
    script.downgrade_ops.ops += [ExecuteSQLOp(sql) for each in differing for sql in each.downgrade]


def drift(engine: Engine) -> list[str]:
    """What the tables of `models` and the database disagree about; empty when the migrations are complete."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = [str(difference) for difference in compare_metadata(context, models.metadata)]
        return differences + [str(each) for each in check_drift(connection, models.metadata)]


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest migration."""
    with engine.connect() as connection:
        heads = ScriptDirectory.from_config(_config(connection)).get_heads()
        return MigrationContext.configure(connection).get_current_heads() == tuple(heads)
