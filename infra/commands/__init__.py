"""Commands of `manage.py` that belong to one subject each: payments, their refunds, and the ledger."""
