"""Each test that asks for a ledger runs on SQLite and on PostgreSQL."""

from tests.ledger_databases import database, ledger, open_one, postgresql_server, postgresql_url

__all__ = ["database", "ledger", "open_one", "postgresql_server", "postgresql_url"]
