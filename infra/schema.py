"""The schema of the database: brought up by Alembic, and compared with the tables of `models`."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine

import models
from infra.schema_checks import check_drift


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
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
    """Write a new migration with what the tables have and the database does not; where it is."""
    with engine.begin() as connection:
        [written] = [command.revision(_config(connection), message, autogenerate=True)]
    return str(written.path) if isinstance(written, Script) else ""


def drift(engine: Engine) -> list[str]:
    """What the tables of `models` and the database disagree about; empty when the migrations are complete."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = [str(difference) for difference in compare_metadata(context, models.metadata)]
        return differences + check_drift(connection, models.metadata)


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest migration."""
    with engine.connect() as connection:
        heads = ScriptDirectory.from_config(_config(connection)).get_heads()
        return MigrationContext.configure(connection).get_current_heads() == tuple(heads)
