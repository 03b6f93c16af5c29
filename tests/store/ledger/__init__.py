"""The operations ledger, on both databases."""
