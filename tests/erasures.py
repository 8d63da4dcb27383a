"""Cases whose personal data is to go, and what is left of them afterwards."""

from uuid import UUID

from infra.retaining.asking import approve_erasure, request_erasure
from tests.world import World


def reference(world: World, case_id: UUID) -> str:
    return world.case(case_id).reference


def everything(world: World) -> str:
    """Every row of every table, and the name of every file, as text."""
    people = ("account", "case_person", "renewal_case", "obstacle", "document", "gateway_evidence", "transition")
    staff = ("erasure", "legal_hold", "refund", "resolution", "review_item")
    with world.ports.engine.connect() as connection:
        rows = [
            str(connection.exec_driver_sql(f"select string_agg(t::text, chr(10)) from {table} t").scalar())  # noqa: S608
            for table in (*people, *staff, "message", "receipt", "fee_line")
        ]
    return "\n".join(rows)


def files(world: World) -> list[str]:
    return sorted(path.name for path in world.store.root.rglob("*") if path.is_file())


def erased(world: World, case_id: UUID) -> int:
    """Asked for by one, approved by another."""
    request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked at the counter")
    return approve_erasure(world.ports, reference(world, case_id), actor="omar")


def settled(world: World, case_id: UUID) -> UUID:
    """Nobody asks the gateway any more."""
    world.clock.advance(days=30)
    world.settle_all()
    return case_id
