"""Entry point of Alembic. It uses the connection that `library.schema.migrate` passes."""

from alembic import context

from library.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
