"""Sessions and verdicts in SQL: a SQLite file by default, any other database by its URL.

Importing this package imports nothing heavy; `app.storage.database` and the stores bring SQLAlchemy with them.
"""
