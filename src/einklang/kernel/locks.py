"""One at a time, where there is no row yet that could be locked: the next number, the stock of an item."""

import hashlib

from django.db import connection


def one_at_a_time(*names: str) -> None:
    """Wait until no other transaction holds any of these names; hold them until this one ends.

    On SQLite a transaction that writes is alone from its start (``IMMEDIATE``), so there is nothing to
    wait for. Names are taken in one order, so that two who need the same never wait for each other.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for key in sorted(set(map(_key, names))):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _key(name: str) -> int:
    """A name as the whole number of 64 bits that PostgreSQL locks by."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
