"""A database filled with cases by SQL alone: half wait in the queue, ranked as the rule says, half are over."""

from datetime import date
from hashlib import md5
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from benchmarks.paid_cases import PAID

_ACCOUNTS: Final = """
insert into account (id, created_at, role, civil_number, mobile, language)
select md5('account' || n)::uuid, now(), 'applicant', lpad(n::text, 12, '0'), '+96550000000', 'ar'
from generate_series(0, cast(:last as int) / 10) n
"""
_CASES: Final = """
insert into renewal_case (id, created_at, reference, service, status, channel, language, account_id,
                          flow_run_id, permit_expires, urgency, rank_again_on)
select md5('case' || n)::uuid, now() - random() * interval '60 days', 'RN-' || lpad(n::text, 8, '0'),
  (array['individual', 'individual_photo', 'family', 'domestic_worker', 'company', 'government'])[1 + n / 2 % 6],
  case when n % 2 = 0 then 'submitted' else 'completed' end, 'portal', 'ar', md5('account' || n / 10)::uuid,
  case when n % 2 = 1 then md5('run' || n)::uuid end, expires,
  case when late < 0 then array[0, expires - date '0001-01-01' + 1, 0, -1]
       when late < 30 then array[-2000, 0, 0, -1]
       when late < 315 then array[-4000, 0, 0, -1]
       else array[0, 0, 1, -1] end,
  case when late < 0 then expires when late < 30 then expires + 30 when late < 314 then expires + 314
       when late < 315 then expires + 315 end
from (select n, expires, cast(:today as date) - expires as late
      from (select n, cast(:today as date) - 400 + (random() * 520)::int as expires
            from generate_series(cast(:first as int), cast(:last as int)) n) a) b
"""
"""A permit of article 18 each (2 KD a day, 4 KD after 30 days, 1200 KD at most)."""

_PERSONS: Final = """
insert into case_person (id, created_at, case_id, position, civil_number, passport_mrz_1, passport_mrz_2, article,
                         years, permit_expires)
select md5('person' || n)::uuid, now(), md5('case' || n)::uuid, 1, lpad(n::text, 12, '0'), '', '', 18, 1,
  (select permit_expires from renewal_case where id = md5('case' || n)::uuid)
from generate_series(cast(:first as int), cast(:last as int)) n
"""
_HISTORY: Final = """
insert into transition (id, created_at, entity, entity_id, event, before, after, actor, at)
select gen_random_uuid(), now(), 'renewal_case', md5('case' || n)::uuid, 'release', 'submitted', 'released', 'x', now()
from generate_series(cast(:first as int), cast(:last as int)) n where n % 2 = 1
"""
_OUTBOX: Final = """
insert into outbox_message (id, created_at, kind, case_id, due_at, delivered_at, tries)
select gen_random_uuid(), now(), 'start_run', md5('case' || n)::uuid, now(), now(), 1
from generate_series(cast(:first as int), cast(:last as int)) n where n % 2 = 1
"""
_TALLY: Final = """
insert into queue_tally (id, created_at, service, cases, persons, saved_fils)
select gen_random_uuid(), now(), service, count(*), -sum(urgency[4]), sum(urgency[1])
from renewal_case where status = 'submitted' and held_at is null group by service
"""

_UNGUARDED: Final = ("renewal_case", "receipt")
"""Tables whose triggers look at each new row: they sleep during the load. Foreign keys are checked."""


def fill(engine: Engine, *, cases: int, today: date) -> None:
    """Into an empty database; its statistics are fresh afterwards."""
    values = {"first": 1, "last": cases, "today": today}
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        _guard(connection, "disable")
        for statement in (_ACCOUNTS, _CASES, _PERSONS, _HISTORY, _OUTBOX, *PAID):
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)
        connection.execute(text("delete from queue_tally"))
        connection.execute(text(_TALLY))
        _guard(connection, "enable")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum (analyze)"))
        connection.execute(text("reset statement_timeout"))


def runs_of_cases_that_are_over(count: int) -> dict[UUID, UUID]:
    """The first runs that were written, each with its case."""
    return {_written("run", number): _written("case", number) for number in range(1, 2 * count, 2)}


def _written(what: str, number: int) -> UUID:
    return UUID(md5(f"{what}{number}".encode(), usedforsecurity=False).hexdigest())


def _guard(connection: Connection, verb: str) -> None:
    for table in _UNGUARDED:
        connection.execute(text(f"alter table {table} {verb} trigger user"))
