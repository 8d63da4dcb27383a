"""Looks for words in everything that a database, a folder of logs or an object store holds, in any disguise."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.sandbox.identities import SURNAME
from infra.sandbox.population import Resident
from models.money import Money

MOBILE: Final = "96500000000"
FAMILY_NAME_AR: Final = "نموذج"
_BACKSLASHES: Final = re.compile(r"\\+")


def private_words(people: Iterable[Resident]) -> set[str]:
    """Names, civil numbers, passport numbers and the mobile number; single letters of a name are too common."""
    words = {SURNAME, FAMILY_NAME_AR, MOBILE}
    for person in people:
        civil = person.civil
        given = [civil.name_latin.removeprefix(SURNAME).strip(), civil.name_ar.removeprefix(FAMILY_NAME_AR).strip()]
        words |= {civil.civil_number, civil.passport_number, civil.name_latin, civil.name_ar}
        words |= {name for name in given if " " in name}
    return words


def disguises(word: str) -> set[str]:
    """As it stands, and as JSON, an address, a byte column and base64 would show it."""
    as_bytes = word.encode()
    shown = {word, json.dumps(word)[1:-1], quote(word), quote(word, safe="").lower(), as_bytes.hex()}
    return shown | {_middle(base64.b64encode(b"\0" * pad + as_bytes).decode(), pad) for pad in range(3)}


def _middle(text: str, pad: int) -> str:
    """The part of base64 that depends on the word alone, wherever it begins."""
    return text.rstrip("=")[(0, 2, 3)[pad] : -1]


def tables_with(connection: psycopg.Connection[Any], words: set[str]) -> dict[str, set[str]]:
    """The words found in each table: every column of every row, whatever its type and however often escaped."""
    found: dict[str, set[str]] = {}
    for schema, table in _tables(connection):
        query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, table))
        text = "\n".join(row[0] for row in connection.execute(query))
        hits = words_in(_BACKSLASHES.sub(r"\\", text), words)
        if hits:
            found[table] = hits
    return found


def _tables(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    query = """SELECT table_schema, table_name FROM information_schema.tables
               WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"""
    return [(str(schema), str(table)) for schema, table in connection.execute(query)]


def files_with(folder: Path, words: set[str]) -> dict[str, set[str]]:
    found = {
        path.name: words_in(path.read_text(errors="replace"), words) for path in folder.rglob("*") if path.is_file()
    }
    return {name: hits for name, hits in found.items() if hits}


def words_in(text: str, words: set[str]) -> set[str]:
    return {word for word in words if any(each in text for each in disguises(word))}


def amounts_in(text: str, amounts: Iterable[Money]) -> Iterator[str]:
    """Amounts as people write them (10.000) and as we store them (10000), standing by themselves."""
    for amount in set(amounts):
        for written in (str(amount), str(amount.fils)):
            if re.search(rf"(?<![\w.-]){re.escape(written)}(?![\w-])", text):
                yield written
