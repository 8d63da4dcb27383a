"""first tables"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("transition", "gateway_evidence", "ledger_entry", "fee_quote", "fee_line", "order_line")

REFUSE_CHANGE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""

RECEIPT_NEEDS_MONEY = """
create function receipt_needs_money() returns trigger language plpgsql as $$
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


def _guard() -> None:
    """What constraints alone cannot say: history never changes, a receipt never exists without its money."""
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_whole before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(RECEIPT_NEEDS_MONEY)
    op.execute(
        "create trigger needs_money before insert or update on receipt "
        "for each row execute function receipt_needs_money()"
    )
    op.execute(
        "create trigger kept_whole before truncate on receipt for each statement execute function refuse_change()"
    )
    op.execute("create trigger kept before delete on receipt for each row execute function refuse_change()")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "applicant", "operator", "staff", name="role", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("civil_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_file", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("mobile", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("ar", "en", name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "role",
            "civil_number",
            "organisation_file",
            name=op.f("uq_account_role_civil_number_organisation_file"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "receipt_counter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_counter")),
        sa.UniqueConstraint("year", name=op.f("uq_receipt_counter_year")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "service",
            sa.Enum(
                "individual",
                "individual_photo",
                "family",
                "domestic_worker",
                "company",
                "government",
                name="service",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("organisation_file", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_batch_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("reference", name=op.f("uq_batch_reference")),
    )
    op.create_index(op.f("ix_batch_account_id"), "batch", ["account_id"], unique=False)
    op.create_table(
        "payment_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "in_progress",
                "paid",
                "refund_pending",
                "refunded",
                "expired",
                "cancelled",
                "review",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency = 'KWD'", name=op.f("ck_payment_order_currency")),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_payment_order_amount_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_payment_order_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_payment_order_batch_id")),
    )
    op.create_table(
        "renewal_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "service",
            sa.Enum(
                "individual",
                "individual_photo",
                "family",
                "domestic_worker",
                "company",
                "government",
                name="service",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "released",
                "identified",
                "documents_needed",
                "documented",
                "quoted",
                "awaiting_payment",
                "paid",
                "extended",
                "completed",
                "rejected",
                "cancelled",
                "payment_review",
                "registry_refused",
                "renewal_refused",
                name="casestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("folder", "portal", name="channel", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "language",
            sa.Enum("ar", "en", name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_file", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("batch_row", sa.Integer(), nullable=True),
        sa.Column("flow_run_id", sa.Uuid(), nullable=True),
        sa.Column("fee_facts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_renewal_case_account_id_account")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_renewal_case_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_case")),
        sa.UniqueConstraint("batch_id", "batch_row", name=op.f("uq_renewal_case_batch_id_batch_row")),
        sa.UniqueConstraint("flow_run_id", name=op.f("uq_renewal_case_flow_run_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_renewal_case_reference")),
    )
    op.create_index(op.f("ix_renewal_case_account_id"), "renewal_case", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_renewal_case_status_priority_created_at"),
        "renewal_case",
        ["status", "priority", "created_at"],
        unique=False,
    )
    op.create_table(
        "case_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("civil_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("passport_mrz_1", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("passport_mrz_2", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("relation", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("name_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("name_latin", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("permit_expires", sa.Date(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_case_person_period")),
        sa.CheckConstraint("years between 1 and 15", name=op.f("ck_case_person_years")),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_case_person_case_id_renewal_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_person")),
        sa.UniqueConstraint("case_id", "civil_number", name=op.f("uq_case_person_case_id_civil_number")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_case_person_case_id_position")),
    )
    op.create_table(
        "fee_quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("total_fils", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("rule_book", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("currency = 'KWD'", name=op.f("ck_fee_quote_currency")),
        sa.CheckConstraint("total_fils > 0", name=op.f("ck_fee_quote_total_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_fee_quote_case_id_renewal_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_quote")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_fee_quote_case_id_version")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("start_run", "wake_run", name="outboxkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_outbox_message_case_id_renewal_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    op.create_index(op.f("ix_outbox_message_case_id"), "outbox_message", ["case_id"], unique=False)
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at is null"),
    )
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("trackid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "redirected",
                "verifying",
                "captured_unconfirmed",
                "unknown",
                "captured",
                "declined",
                "cancelled",
                "abandoned",
                "voided",
                "mismatch",
                name="attemptstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("page_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks_done", sa.Integer(), nullable=False),
        sa.Column("not_found_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_heard", sa.Boolean(), nullable=False),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_token", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paymentid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("tranid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("auth", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("postdate", sa.Date(), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("trackid ~ '^[A-Z0-9]{1,19}$'", name=op.f("ck_payment_attempt_trackid_form")),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_payment_attempt_amount_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_order.id"], name=op.f("fk_payment_attempt_order_id_payment_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("gateway", "trackid", name=op.f("uq_payment_attempt_gateway_trackid")),
        sa.UniqueConstraint("return_token", name=op.f("uq_payment_attempt_return_token")),
    )
    op.create_index(op.f("ix_payment_attempt_next_check_at"), "payment_attempt", ["next_check_at"], unique=False)
    op.create_index(op.f("ix_payment_attempt_order_id"), "payment_attempt", ["order_id"], unique=False)
    op.create_index(
        "uq_payment_attempt_one_live",
        "payment_attempt",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("state in ('captured_unconfirmed', 'created', 'redirected', 'unknown', 'verifying')"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "accepted",
                "refused",
                "replaced",
                name="documentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quarantine_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("quarantine_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("object_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("refusal_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint(
            "state <> 'accepted' or (object_key is not null and sha256 is not null)",
            name=op.f("ck_document_accepted_is_stored"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_document_case_id_renewal_case")),
        sa.ForeignKeyConstraint(["person_id"], ["case_person.id"], name=op.f("fk_document_person_id_case_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("object_key", name=op.f("uq_document_object_key")),
        sa.UniqueConstraint("quarantine_key", name=op.f("uq_document_quarantine_key")),
    )
    op.create_index(op.f("ix_document_case_id"), "document", ["case_id"], unique=False)
    op.create_table(
        "fee_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("rule", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payee_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payee_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("explain_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("explain_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("instrument_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("instrument_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("label_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("label_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fils >= 0", name=op.f("ck_fee_line_amount_not_negative")),
        sa.ForeignKeyConstraint(["person_id"], ["case_person.id"], name=op.f("fk_fee_line_person_id_case_person")),
        sa.ForeignKeyConstraint(["quote_id"], ["fee_quote.id"], name=op.f("fk_fee_line_quote_id_fee_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_line")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_fee_line_quote_id_position")),
    )
    op.create_table(
        "gateway_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "kind",
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
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "captured",
                "declined",
                "cancelled",
                "in_progress",
                "not_found",
                "host_timeout",
                "voided",
                "refunded",
                "malformed",
                "transport_error",
                "config_error",
                "unrecognised",
                name="evidenceoutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_gateway_evidence_attempt_id_payment_attempt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_evidence")),
        sa.UniqueConstraint("gateway", "digest", name=op.f("uq_gateway_evidence_gateway_digest")),
    )
    op.create_index(op.f("ix_gateway_evidence_attempt_id"), "gateway_evidence", ["attempt_id"], unique=False)
    op.create_table(
        "obstacle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "blocker",
                "fee_rule",
                "document",
                name="obstaclekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("remedy_en", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("remedy_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("office_en", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("office_ar", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_obstacle_case_id_renewal_case")),
        sa.ForeignKeyConstraint(["person_id"], ["case_person.id"], name=op.f("fk_obstacle_person_id_case_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacle")),
    )
    op.create_index(op.f("ix_obstacle_case_id"), "obstacle", ["case_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_order_line_amount_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_order_line_case_id_renewal_case")),
        sa.ForeignKeyConstraint(["order_id"], ["payment_order.id"], name=op.f("fk_order_line_order_id_payment_order")),
        sa.ForeignKeyConstraint(["quote_id"], ["fee_quote.id"], name=op.f("fk_order_line_quote_id_fee_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "case_id", name=op.f("uq_order_line_order_id_case_id")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_order_line_quote_id")),
    )
    op.create_index(op.f("ix_order_line_case_id"), "order_line", ["case_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "capture",
                "refund",
                "void",
                "settlement",
                "fee",
                "adjustment",
                name="ledgerkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "debit",
            sa.Enum(
                "gateway",
                "bank",
                "orders",
                "suspense",
                "gateway_fees",
                name="debit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "credit",
            sa.Enum(
                "gateway",
                "bank",
                "orders",
                "suspense",
                "gateway_fees",
                name="credit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gateway_ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("currency = 'KWD'", name=op.f("ck_ledger_entry_currency")),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_ledger_entry_amount_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entry_two_accounts")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["gateway_evidence.id"], name=op.f("fk_ledger_entry_evidence_id_gateway_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_order.id"], name=op.f("fk_ledger_entry_order_id_payment_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("kind", "gateway", "gateway_ref", name=op.f("uq_ledger_entry_kind_gateway_gateway_ref")),
    )
    op.create_index(op.f("ix_ledger_entry_order_id"), "ledger_entry", ["order_id"], unique=False)
    op.create_table(
        "transition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("event", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("after", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["gateway_evidence.id"], name=op.f("fk_transition_evidence_id_gateway_evidence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(
        op.f("ix_transition_entity_entity_id_at"), "transition", ["entity", "entity_id", "at"], unique=False
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("capture_entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.CheckConstraint("currency = 'KWD'", name=op.f("ck_receipt_currency")),
        sa.CheckConstraint("(sha256 is null) = (object_key is null)", name=op.f("ck_receipt_stored_whole")),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_receipt_amount_positive")),
        sa.ForeignKeyConstraint(
            ["capture_entry_id"], ["ledger_entry.id"], name=op.f("fk_receipt_capture_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["renewal_case.id"], name=op.f("fk_receipt_case_id_renewal_case")),
        sa.ForeignKeyConstraint(["order_id"], ["payment_order.id"], name=op.f("fk_receipt_order_id_payment_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("case_id", name=op.f("uq_receipt_case_id")),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
        sa.UniqueConstraint("object_key", name=op.f("uq_receipt_object_key")),
    )
    op.create_index(op.f("ix_receipt_order_id"), "receipt", ["order_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("capture_entry_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fils", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "submitting",
                "succeeded",
                "rejected",
                "unknown",
                name="refundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("approved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint("amount_fils > 0", name=op.f("ck_refund_amount_positive")),
        sa.ForeignKeyConstraint(
            ["capture_entry_id"], ["ledger_entry.id"], name=op.f("fk_refund_capture_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["payment_order.id"], name=op.f("fk_refund_order_id_payment_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(
        "uq_refund_one_active",
        "refund",
        ["capture_entry_id"],
        unique=True,
        postgresql_where=sa.text("state not in ('succeeded', 'rejected')"),
    )
    _guard()


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index(
        "uq_refund_one_active", table_name="refund", postgresql_where=sa.text("state not in ('succeeded', 'rejected')")
    )
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_receipt_order_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(op.f("ix_transition_entity_entity_id_at"), table_name="transition")
    op.drop_table("transition")
    op.drop_index(op.f("ix_ledger_entry_order_id"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index(op.f("ix_order_line_case_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index(op.f("ix_obstacle_case_id"), table_name="obstacle")
    op.drop_table("obstacle")
    op.drop_index(op.f("ix_gateway_evidence_attempt_id"), table_name="gateway_evidence")
    op.drop_table("gateway_evidence")
    op.drop_table("fee_line")
    op.drop_index(op.f("ix_document_case_id"), table_name="document")
    op.drop_table("document")
    op.drop_index(
        "uq_payment_attempt_one_live",
        table_name="payment_attempt",
        postgresql_where=sa.text("state in ('captured_unconfirmed', 'created', 'redirected', 'unknown', 'verifying')"),
    )
    op.drop_index(op.f("ix_payment_attempt_order_id"), table_name="payment_attempt")
    op.drop_index(op.f("ix_payment_attempt_next_check_at"), table_name="payment_attempt")
    op.drop_table("payment_attempt")
    op.drop_index(
        "ix_outbox_message_due", table_name="outbox_message", postgresql_where=sa.text("delivered_at is null")
    )
    op.drop_index(op.f("ix_outbox_message_case_id"), table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_table("fee_quote")
    op.drop_table("case_person")
    op.drop_index(op.f("ix_renewal_case_status_priority_created_at"), table_name="renewal_case")
    op.drop_index(op.f("ix_renewal_case_account_id"), table_name="renewal_case")
    op.drop_table("renewal_case")
    op.drop_table("payment_order")
    op.drop_index(op.f("ix_batch_account_id"), table_name="batch")
    op.drop_table("batch")
    op.drop_table("receipt_counter")
    op.drop_table("account")
    op.execute("drop function receipt_needs_money()")
    op.execute("drop function refuse_change()")
