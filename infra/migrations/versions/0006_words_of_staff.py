"""what staff wrote about a case goes with its erasure"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As before, and while the case is being erased, the words of a reason may go; who, when and what for never do.
FILLED_ONCE = """
create or replace function filled_once() returns trigger language plpgsql as $$
begin
  if jsonb_strip_nulls(to_jsonb(old)) <@ to_jsonb(new) then
    return new;
  end if;
  if new.reason = 'erased' and (to_jsonb(new) - 'reason') = (to_jsonb(old) - 'reason')
     and erasure_open(old.case_id) then
    return new;
  end if;
  raise exception '%: what was filled in never changes', tg_table_name using errcode = 'restrict_violation';
end $$
"""
FIRST_FILLED_ONCE = """
create or replace function filled_once() returns trigger language plpgsql as $$
begin
  if jsonb_strip_nulls(to_jsonb(old)) <@ to_jsonb(new) then
    return new;
  end if;
  raise exception '%: what was filled in never changes', tg_table_name using errcode = 'restrict_violation';
end $$
"""

# Of the cases that were erased before this migration; what is an order's went with the last of its cases.
GONE_BEFORE = (
    "create temporary view case_gone as select id from renewal_case where erased_at is not null",
    """create temporary view order_gone as
       select order_id from order_line l join renewal_case c on c.id = l.case_id
       group by order_id having bool_and(c.erased_at is not null)""",
    "alter table erasure disable trigger append_only",
    "alter table legal_hold disable trigger append_only",
    "update erasure set reason = 'erased' where cause = 'request' and case_id in (select id from case_gone)",
    "update legal_hold set reason = 'erased' where case_id in (select id from case_gone)",
    "alter table erasure enable trigger append_only",
    "alter table legal_hold enable trigger append_only",
    """update resolution set reason = 'erased', evidence = 'erased'
       where attempt_id in (select id from payment_attempt join order_gone using (order_id))
          or refund_id in (select id from refund join order_gone using (order_id))""",
    """update review_item set resolution = 'erased'
       where resolution is not null and order_id in (select order_id from order_gone)""",
    """update review_item set note = 'erased'
       where kind = 'refund_rejected' and note <> '' and order_id in (select order_id from order_gone)""",
    "drop view order_gone",
    "drop view case_gone",
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute(FILLED_ONCE)
    for statement in GONE_BEFORE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute(FIRST_FILLED_ONCE)
