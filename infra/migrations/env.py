"""How Alembic reaches the database: the engine is handed in by `infra.schema`; two migrations never run at once."""

from alembic import context
from sqlalchemy import text

import models
from infra.advisory_locks import AdvisoryLock


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=models.metadata, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.MIGRATING})
        context.run_migrations()


run()
