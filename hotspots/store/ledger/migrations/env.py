"""Run the steps on the connection, and in the transaction, that the ledger hands over."""

from __future__ import annotations

from alembic import context

from hotspots.store.ledger.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
