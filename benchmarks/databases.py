"""A database put aside and taken up again, so that every run begins with the same rows, laid out alike and warm."""

import shutil
from pathlib import Path

import psycopg
from django.db import connection
from psycopg.sql import SQL, Identifier


def make_anew() -> None:
    """Make sure that the database is there and empty; SQLite's comes into being by itself."""
    if connection.vendor == "postgresql":
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name())
        _administer("CREATE DATABASE {}", _name())


def take_stock() -> None:
    """Let the database see how much the tables hold now; PostgreSQL does so by itself, but after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def put_aside(copy: str) -> None:
    """Keep the database as it is now under the name ``copy``."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copy(_name(), f"{_name()}-{copy}")
    else:
        _administer("DROP DATABASE IF EXISTS {}", f"{_name()}-{copy}")
        _administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", f"{_name()}-{copy}", _name())


def take_up(copy: str) -> None:
    """Replace the database by the copy, and read through its large tables once."""
    connection.close()
    if connection.vendor == "sqlite":
        for leftover in ("-wal", "-shm"):
            Path(_name() + leftover).unlink(missing_ok=True)
        shutil.copy(f"{_name()}-{copy}", _name())
    else:
        _administer("DROP DATABASE {} WITH (FORCE)", _name())
        _administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", _name(), f"{_name()}-{copy}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(number) FROM verification_filing")
        cursor.execute("SELECT COUNT(text) FROM verification_challenge")


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _administer(statement: str, *names: str) -> None:
    """Run a statement about whole databases on PostgreSQL; nobody may be connected to them."""
    connection.close()
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as outside:
        outside.execute(SQL(statement).format(*map(Identifier, names)))
