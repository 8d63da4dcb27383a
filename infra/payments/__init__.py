"""What happens to money: orders opened, payers sent, gateways heard and asked, the ledger written, refunds sent."""
