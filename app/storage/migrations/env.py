"""Run migrations on the connection that `app.storage.upgrade` hands over, inside its transaction.

To change the tables: edit `app/storage/tables.py` and its `REVISION`, and add the next file under `versions/`; a test
compares the two. Files that have been released are never edited.
"""

from alembic import context

# Batch mode, because SQLite can change little of a table in place.
context.configure(connection=context.config.attributes["connection"], render_as_batch=True, transactional_ddl=True)
context.run_migrations()
