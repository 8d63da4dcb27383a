"""Money: orders, attempts to pay them, what gateways said, the ledger, refunds, and what each answer decides."""
