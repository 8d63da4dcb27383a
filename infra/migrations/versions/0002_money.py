"""money: refunds, work list, resolutions, settlement files, pauses"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTCOMES = (
    "captured", "declined", "cancelled", "in_progress", "not_found", "host_timeout", "voided", "refunded", "malformed",
    "transport_error", "config_error", "unrecognised",
)  # fmt: skip

REFUND_WITHIN_CAPTURE = """
create function refund_within_capture() returns trigger language plpgsql as $$
declare captured bigint; returned bigint; voided bigint := 0;
begin
  select amount_fils into captured from ledger_entry where id = new.capture_entry_id and kind = 'capture';
  select coalesce(sum(amount_fils), 0) into returned from refund
    where capture_entry_id = new.capture_entry_id and state <> 'rejected' and id <> new.id;
  if new.state in ('requested', 'approved', 'submitting') and (tg_op = 'INSERT' or new.state <> old.state) then
    select coalesce(sum(taken.amount_fils), 0) into voided from ledger_entry taken join ledger_entry paid
      on paid.gateway = taken.gateway and paid.gateway_ref = taken.gateway_ref
      where paid.id = new.capture_entry_id and taken.kind = 'void';  -- of one that went out already, the truth is kept
  end if;
  if captured is null or (new.state <> 'rejected' and returned + new.amount_fils > captured - voided) then
    raise exception 'refund: more than was captured' using errcode = 'check_violation';
  end if;
  if tg_op = 'UPDATE' and (new.amount_fils, new.capture_entry_id, new.order_id, new.attempt_id)
      is distinct from (old.amount_fils, old.capture_entry_id, old.order_id, old.attempt_id) then
    raise exception 'refund: its amount and its capture never change' using errcode = 'restrict_violation';
  end if;
  return new;
end $$
"""

RECEIPT_NEEDS_MONEY = """
create or replace function receipt_needs_money() returns trigger language plpgsql as $$
declare share bigint;
begin
  if tg_op = 'UPDATE' and old.revoked_at is null and new.revoked_at is not null and new.revoked_because is not null
     and (to_jsonb(new) - 'revoked_at' - 'revoked_because') = (to_jsonb(old) - 'revoked_at' - 'revoked_because') then
    return new;  -- revoked, once, and nothing else
  end if;
  select amount_fils into share from order_line where order_id = new.order_id and case_id = new.case_id;
  if share is distinct from new.amount_fils::bigint then
    raise exception 'receipt: amount differs from the case''s share of the order' using errcode = 'check_violation';
  end if;
  if not exists (select from ledger_entry
                 where id = new.capture_entry_id and order_id = new.order_id and kind = 'capture'
                   and credit = 'orders' and currency = new.currency) then
    raise exception 'receipt: no captured money of this order' using errcode = 'check_violation';
  end if;
  if tg_op = 'UPDATE' and (old.sha256 is not null or old.revoked_at is not null
      or (new.number, new.case_id, new.order_id, new.capture_entry_id, new.amount_fils, new.issued_at)
         is distinct from (old.number, old.case_id, old.order_id, old.capture_entry_id, old.amount_fils, old.issued_at))
  then
    raise exception 'receipt: an issued receipt never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$
"""

FIRST_RECEIPT_NEEDS_MONEY = """
create or replace function receipt_needs_money() returns trigger language plpgsql as $$
declare share bigint;
begin
  select amount_fils into share from order_line where order_id = new.order_id and case_id = new.case_id;
  if share is distinct from new.amount_fils::bigint then
    raise exception 'receipt: amount differs from the case''s share of the order' using errcode = 'check_violation';
  end if;
  if not exists (select from ledger_entry
                 where id = new.capture_entry_id and order_id = new.order_id and kind = 'capture'
                   and credit = 'orders' and currency = new.currency) then
    raise exception 'receipt: no captured money of this order' using errcode = 'check_violation';
  end if;
  if tg_op = 'UPDATE' and (old.sha256 is not null
      or (new.number, new.case_id, new.order_id, new.capture_entry_id, new.amount_fils, new.issued_at)
         is distinct from (old.number, old.case_id, old.order_id, old.capture_entry_id, old.amount_fils, old.issued_at))
  then
    raise exception 'receipt: an issued receipt never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$
"""


EVIDENCE_NAMES = """
create function evidence_names(said json) returns text[] language sql immutable parallel safe as $$
  select array_remove(array[upper(said ->> 'paymentid'), upper(said ->> 'tranid'), upper(said ->> 'ref'),
    upper(said ->> 'trackid'), upper(said ->> 'id')], null)
$$
"""


def _outcomes(names: tuple[str, ...]) -> None:
    """PostgreSQL checks the words too; there is no altering a check."""
    op.drop_constraint(op.f("ck_gateway_evidence_evidenceoutcome"), "gateway_evidence", type_="check")
    listed = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(
        op.f("ck_gateway_evidence_evidenceoutcome"), "gateway_evidence", f"outcome in ({listed})"
    )


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "settlement_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("profile", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("captures_fils", sa.BigInteger(), nullable=False),
        sa.Column("refunds_fils", sa.BigInteger(), nullable=False),
        sa.Column("fees_fils", sa.BigInteger(), nullable=False),
        sa.Column("net_fils", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_settlement_file_sha256")),
    )
    op.create_table(
        "gateway_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("paused_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["gateway_evidence.id"], name=op.f("fk_gateway_pause_evidence_id_gateway_evidence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_pause")),
    )
    op.create_index(
        "uq_gateway_pause_open",
        "gateway_pause",
        ["gateway"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "resolution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "captured",
                "declined",
                "voided",
                "refund_executed",
                "refund_not_executed",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("requested_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("approved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(attempt_id is null) <> (refund_id is null)", name=op.f("ck_resolution_of_one_thing")),
        sa.CheckConstraint(
            "approved_by is null or approved_by <> requested_by", name=op.f("ck_resolution_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_resolution_attempt_id_payment_attempt")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_resolution_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
    )
    op.create_index(op.f("ix_resolution_attempt_id"), "resolution", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_resolution_refund_id"), "resolution", ["refund_id"], unique=False)
    op.create_index(
        "uq_resolution_open",
        "resolution",
        ["attempt_id", "refund_id"],
        unique=True,
        postgresql_where=sa.text("applied_at is null and withdrawn_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "unknown_outcome",
                "mismatch",
                "contradiction",
                "reversed",
                "refund_unknown",
                "refund_rejected",
                "unknown_payment",
                "not_settled",
                "refund_not_settled",
                "external_refund",
                "totals_differ",
                "extended_unpaid",
                name="reviewkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("resolution", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_review_item_attempt_id_payment_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["gateway_evidence.id"], name=op.f("fk_review_item_evidence_id_gateway_evidence")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["payment_order.id"], name=op.f("fk_review_item_order_id_payment_order")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_review_item_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
    )
    op.create_index(op.f("ix_review_item_order_id"), "review_item", ["order_id"], unique=False)
    op.create_index(
        "uq_review_item_open",
        "review_item",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_table(
        "settlement_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "line_class",
            sa.Enum(
                "matched",
                "late_capture",
                "unknown_payment",
                "amount_differs",
                "surplus",
                "reversed",
                "matched_refund",
                "external_refund",
                "duplicate",
                "contradiction",
                name="lineclass",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "capture",
                "refund",
                "reversal",
                name="postingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("trackid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("paymentid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tranid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("fee_fils", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_settlement_line_attempt_id_payment_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["gateway_evidence.id"], name=op.f("fk_settlement_line_evidence_id_gateway_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["settlement_file.id"], name=op.f("fk_settlement_line_file_id_settlement_file")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_settlement_line_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_line")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_settlement_line_file_id_number")),
    )
    op.create_index(op.f("ix_settlement_line_attempt_id"), "settlement_line", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_settlement_line_refund_id"), "settlement_line", ["refund_id"], unique=False)
    op.create_index(op.f("ix_settlement_line_tranid"), "settlement_line", ["tranid"], unique=False)
    op.add_column("ledger_entry", sa.Column("booked_on", sa.Date(), nullable=True))
    op.execute("alter table ledger_entry disable trigger append_only")
    op.execute("update ledger_entry set booked_on = (created_at at time zone 'Asia/Kuwait')::date")
    op.execute("alter table ledger_entry enable trigger append_only")
    op.alter_column("ledger_entry", "booked_on", nullable=False)
    op.alter_column("ledger_entry", "order_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(op.f("ix_ledger_entry_booked_on"), "ledger_entry", ["booked_on"], unique=False)
    op.add_column("payment_attempt", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("payment_attempt", "version", server_default=None)
    op.add_column(
        "payment_attempt",
        sa.Column(
            "decided_by",
            sa.Enum(
                "callback",
                "error_return",
                "inquiry",
                "refund_reply",
                "operator",
                "settlement_line",
                name="evidencekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.add_column("payment_attempt", sa.Column("start_key", sa.Uuid(), nullable=True))
    op.add_column("payment_attempt", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payment_attempt", sa.Column("captured_fils", sa.Integer(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_payment_attempt_order_id_start_key"), "payment_attempt", ["order_id", "start_key"]
    )
    op.add_column(
        "payment_order",
        sa.Column(
            "closed_as",
            sa.Enum(
                "open",
                "in_progress",
                "paid",
                "refund_pending",
                "refunded",
                "expired",
                "cancelled",
                "review",
                name="closed_as",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.add_column("receipt", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("receipt", sa.Column("revoked_because", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.drop_constraint(op.f("uq_receipt_case_id"), "receipt", type_="unique")
    op.create_index(op.f("ix_receipt_case_id"), "receipt", ["case_id"], unique=False)
    op.create_index(
        "uq_receipt_case_id_standing",
        "receipt",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.add_column("refund", sa.Column("attempt_id", sa.Uuid(), nullable=False))
    op.add_column("refund", sa.Column("case_id", sa.Uuid(), nullable=True))
    op.add_column("refund", sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("refund", "automatic", server_default=None)
    op.add_column("refund", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("refund", "version", server_default=None)
    op.add_column("refund", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("tranid", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.drop_index(
        op.f("uq_refund_one_active"),
        table_name="refund",
        postgresql_where="((state)::text <> ALL ((ARRAY['succeeded'::character varying, 'rejected'::character varying])::text[]))",
    )
    op.create_index(op.f("ix_refund_attempt_id"), "refund", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_refund_capture_entry_id"), "refund", ["capture_entry_id"], unique=False)
    op.create_index(op.f("ix_refund_case_id"), "refund", ["case_id"], unique=False)
    op.create_index(op.f("ix_refund_due_at"), "refund", ["due_at"], unique=False)
    op.create_index(
        "uq_refund_one_in_flight",
        "refund",
        ["capture_entry_id"],
        unique=True,
        postgresql_where=sa.text("state in ('submitting', 'unknown')"),
    )
    op.create_foreign_key(
        op.f("fk_refund_attempt_id_payment_attempt"), "refund", "payment_attempt", ["attempt_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_refund_case_id_renewal_case"), "refund", "renewal_case", ["case_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_refund_second_person"),
        "refund",
        "approved_by is null or automatic or approved_by <> requested_by",
    )
    op.execute("update payment_attempt set captured_fils = amount_fils where captured_at is not null")
    op.execute("update payment_order set closed_as = status where status in ('expired', 'cancelled')")
    _outcomes((*OUTCOMES, "not_sent"))
    op.execute(REFUND_WITHIN_CAPTURE)
    op.execute(
        "create trigger within_capture before insert or update on refund "
        "for each row execute function refund_within_capture()"
    )
    op.execute(RECEIPT_NEEDS_MONEY)
    op.execute(EVIDENCE_NAMES)
    op.create_index(
        "ix_gateway_evidence_names", "gateway_evidence", [sa.text("evidence_names(fields)")], postgresql_using="gin"
    )
    op.create_index(
        "ix_gateway_evidence_unowned",
        "gateway_evidence",
        ["gateway", "received_at"],
        postgresql_where=sa.text("attempt_id is null"),
    )
    for number in ("paymentid", "tranid", "ref"):
        op.create_index(f"ix_payment_attempt_{number}", "payment_attempt", [sa.text(f"upper({number})")])
    op.create_index(op.f("ix_payment_order_status_expires_at"), "payment_order", ["status", "expires_at"])
    op.execute(
        "create trigger append_only before update or delete on settlement_line "
        "for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger append_only_whole before truncate on settlement_line "
        "for each statement execute function refuse_change()"
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index(op.f("ix_payment_order_status_expires_at"), table_name="payment_order")
    for number in ("paymentid", "tranid", "ref"):
        op.drop_index(f"ix_payment_attempt_{number}", table_name="payment_attempt")
    op.drop_index(
        "ix_gateway_evidence_unowned", table_name="gateway_evidence", postgresql_where=sa.text("attempt_id is null")
    )
    op.drop_index("ix_gateway_evidence_names", table_name="gateway_evidence")
    op.execute("drop function evidence_names(json)")
    op.execute("drop trigger within_capture on refund")
    op.execute("drop function refund_within_capture()")
    op.drop_constraint(op.f("ck_refund_second_person"), "refund", type_="check")
    _outcomes(OUTCOMES)
    op.execute(FIRST_RECEIPT_NEEDS_MONEY)
    op.drop_constraint(op.f("fk_refund_case_id_renewal_case"), "refund", type_="foreignkey")
    op.drop_constraint(op.f("fk_refund_attempt_id_payment_attempt"), "refund", type_="foreignkey")
    op.drop_index(
        "uq_refund_one_in_flight", table_name="refund", postgresql_where=sa.text("state in ('submitting', 'unknown')")
    )
    op.drop_index(op.f("ix_refund_due_at"), table_name="refund")
    op.drop_index(op.f("ix_refund_case_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_capture_entry_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_attempt_id"), table_name="refund")
    op.create_index(
        op.f("uq_refund_one_active"),
        "refund",
        ["capture_entry_id"],
        unique=True,
        postgresql_where="((state)::text <> ALL ((ARRAY['succeeded'::character varying, 'rejected'::character varying])::text[]))",
    )
    op.drop_column("refund", "tranid")
    op.drop_column("refund", "submitted_at")
    op.drop_column("refund", "due_at")
    op.drop_column("refund", "version")
    op.drop_column("refund", "automatic")
    op.drop_column("refund", "case_id")
    op.drop_column("refund", "attempt_id")
    op.drop_index("uq_receipt_case_id_standing", table_name="receipt", postgresql_where=sa.text("revoked_at is null"))
    op.drop_index(op.f("ix_receipt_case_id"), table_name="receipt")
    op.create_unique_constraint(op.f("uq_receipt_case_id"), "receipt", ["case_id"])
    op.drop_column("receipt", "revoked_because")
    op.drop_column("receipt", "revoked_at")
    op.drop_column("payment_order", "closed_as")
    op.drop_constraint(op.f("uq_payment_attempt_order_id_start_key"), "payment_attempt", type_="unique")
    op.drop_column("payment_attempt", "captured_fils")
    op.drop_column("payment_attempt", "asked_at")
    op.drop_column("payment_attempt", "start_key")
    op.drop_column("payment_attempt", "decided_by")
    op.drop_column("payment_attempt", "version")
    op.drop_index(op.f("ix_ledger_entry_booked_on"), table_name="ledger_entry")
    op.alter_column("ledger_entry", "order_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("ledger_entry", "booked_on")
    op.drop_index(op.f("ix_settlement_line_tranid"), table_name="settlement_line")
    op.drop_index(op.f("ix_settlement_line_refund_id"), table_name="settlement_line")
    op.drop_index(op.f("ix_settlement_line_attempt_id"), table_name="settlement_line")
    op.drop_table("settlement_line")
    op.drop_index("uq_review_item_open", table_name="review_item", postgresql_where=sa.text("resolved_at is null"))
    op.drop_index(op.f("ix_review_item_order_id"), table_name="review_item")
    op.drop_table("review_item")
    op.drop_index(
        "uq_resolution_open",
        table_name="resolution",
        postgresql_where=sa.text("applied_at is null and withdrawn_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index(op.f("ix_resolution_refund_id"), table_name="resolution")
    op.drop_index(op.f("ix_resolution_attempt_id"), table_name="resolution")
    op.drop_table("resolution")
    op.drop_index("uq_gateway_pause_open", table_name="gateway_pause", postgresql_where=sa.text("lifted_at is null"))
    op.drop_table("gateway_pause")
    op.drop_table("settlement_file")
