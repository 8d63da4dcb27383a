"""SQL that writes, for each case that is over (the odd numbers), what its documents, payment and receipt left."""

from typing import Final

_OVER: Final = "from generate_series(cast(:first as int), cast(:last as int), 2) n"

_DOCUMENTS: Final = f"""
insert into document (id, created_at, case_id, person_id, kind, state, quarantine_key, quarantine_sha256, object_key,
                      sha256, size, media_type)
select md5('document' || n)::uuid, now(), md5('case' || n)::uuid, md5('person' || n)::uuid, 'passport', 'accepted',
  'quarantine/' || n, repeat('0', 64), 'documents/' || n, repeat('0', 64), 1, 'application/pdf' {_OVER}
"""
_QUOTES: Final = f"""
insert into fee_quote (id, created_at, case_id, version, total_fils, currency, priced_on, rule_book, digest)
select md5('quote' || n)::uuid, now(), md5('case' || n)::uuid, 1, 10000, 'KWD', current_date, '', '' {_OVER}
"""
_FEES: Final = f"""
insert into fee_line (id, created_at, quote_id, position, rule, payee_en, payee_ar, amount_fils, label_en, label_ar,
                      explain_en, explain_ar, instrument_en, instrument_ar, source, needs_confirmation)
select gen_random_uuid(), now(), md5('quote' || n)::uuid, 1, '', '', '', 10000, '', '', '', '', '', '', '', false
{_OVER}
"""
_ORDERS: Final = f"""
insert into payment_order (id, created_at, status, amount_fils, currency, expires_at)
select md5('order' || n)::uuid, now(), 'paid', 10000, 'KWD', now() + random() * interval '1 day' {_OVER}
"""
_LINES: Final = f"""
insert into order_line (id, created_at, order_id, case_id, quote_id, amount_fils)
select gen_random_uuid(), now(), md5('order' || n)::uuid, md5('case' || n)::uuid, md5('quote' || n)::uuid, 10000
{_OVER}
"""
_ATTEMPTS: Final = f"""
insert into payment_attempt (id, created_at, order_id, gateway, trackid, amount_fils, state, version, decided_by,
                             page_expires_at, checks_done, cancel_heard, return_token, paymentid, tranid, ref,
                             captured_at, captured_fils)
select md5('attempt' || n)::uuid, now(), md5('order' || n)::uuid, 'knet', 'T' || n, 10000, 'captured', 3, 'inquiry',
  now(), 1, false, gen_random_uuid(), 'P' || n, 'N' || n, 'R' || n, now(), 10000 {_OVER}
"""
_EVIDENCE: Final = f"""
insert into gateway_evidence (id, created_at, gateway, kind, outcome, received_at, attempt_id, fields, raw, digest)
select md5('evidence' || n)::uuid, now(), 'knet', 'inquiry', 'captured', now(), md5('attempt' || n)::uuid,
  json_build_object('trackid', 'T' || n, 'paymentid', 'P' || n, 'tranid', 'N' || n, 'ref', 'R' || n), '', md5('e' || n)
{_OVER}
"""
_ENTRIES: Final = f"""
insert into ledger_entry (id, created_at, order_id, kind, debit, credit, amount_fils, currency, booked_on, gateway,
                          gateway_ref, evidence_id)
select md5('entry' || n)::uuid, now(), md5('order' || n)::uuid, 'capture', 'gateway', 'orders', 10000, 'KWD',
  current_date - n % 400, 'knet', 'P' || n, md5('evidence' || n)::uuid {_OVER}
"""
_RECEIPTS: Final = f"""
insert into receipt (id, created_at, case_id, order_id, capture_entry_id, number, amount_fils, currency, issued_at,
                     object_key, sha256, size)
select gen_random_uuid(), now(), md5('case' || n)::uuid, md5('order' || n)::uuid, md5('entry' || n)::uuid,
  'RC-' || n, 10000, 'KWD', now(), 'receipts/' || n, repeat('0', 64), 1 {_OVER}
"""
_MESSAGES: Final = f"""
insert into message (id, created_at, kind, account_id, case_id, about_id, dedup_key, gathered, tries, due_at, outcome,
                     sent_at)
select gen_random_uuid(), now(), 'receipt_issued', md5('account' || n / 10)::uuid, md5('case' || n)::uuid,
  md5('case' || n)::uuid, 'receipt' || n, false, 1, now(), 'sent', now() {_OVER}
"""

PAID: Final = (
    *(_DOCUMENTS, _QUOTES, _FEES, _ORDERS, _LINES),
    *(_ATTEMPTS, _EVIDENCE, _ENTRIES, _RECEIPTS, _MESSAGES),
)
"""In the order in which each refers to those before."""
