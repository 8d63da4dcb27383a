"""A database filled with cases by SQL alone: half wait in the queue, ranked as the rule says, half are over."""

from datetime import date
from typing import Final
from uuid import uuid4

from sqlalchemy import Engine, text

_ACCOUNT: Final = """
insert into account (id, created_at, role, civil_number, mobile, language)
values (cast(:id as uuid), now(), 'applicant', cast(:id as text), '+96550000000', 'ar')
"""
_CASES: Final = """
insert into renewal_case (id, created_at, reference, service, status, channel, language, account_id,
                          permit_expires, urgency, rank_again_on)
select md5('case' || n)::uuid, now() - random() * interval '60 days', 'RN-' || lpad(n::text, 8, '0'),
  (array['individual', 'individual_photo', 'family', 'domestic_worker', 'company', 'government'])[1 + n / 2 % 6],
  case when n % 2 = 0 then 'submitted' else 'completed' end, 'portal', 'ar', cast(:account as uuid), expires,
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


def fill(engine: Engine, *, cases: int, today: date) -> None:
    """Into an empty database; its statistics are fresh afterwards."""
    account = str(uuid4())
    values = {"first": 1, "last": cases, "today": today, "account": account}
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("alter table renewal_case disable trigger user"))
        connection.execute(text(_ACCOUNT), {"id": account})
        for statement in (_CASES, _PERSONS, _HISTORY, _OUTBOX):
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)
        connection.execute(text("delete from queue_tally"))
        connection.execute(text(_TALLY))
        connection.execute(text("alter table renewal_case enable trigger user"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum (analyze)"))
        connection.execute(text("reset statement_timeout"))
