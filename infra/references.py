"""References that people read aloud: eight characters without those that are mistaken for others."""

import re
import secrets
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE: Final = re.compile(r"[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def new_reference(prefix: str) -> str:
    """`RN-7K3M-9QTX`: random, so that nobody can guess a neighbour's; the database refuses a double."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
