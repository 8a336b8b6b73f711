"""Bring a database to the present revision. Only this module imports Alembic, and it is imported only for that."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.errors import DataVersionError


def upgrade(connection: Connection, present: str | None, where: str) -> None:
    """Run the missing migrations in the connection's transaction.

    Args:
        connection: in a transaction that nobody else can write beside.
        present: the database's revision, None if it is empty.
        where: the database's name in messages.

    Raises:
        DataVersionError: the database's revision is not one of ours.
    """
    config = Config()
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise DataVersionError(
            f"{where} was written by a newer version of Sevenstep (revision {present}): "
            "update Sevenstep, or choose another database"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
