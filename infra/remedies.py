"""How a remedy writes a command of ours: so that it can be pasted where the README stands."""

from typing import Final

MANAGE: Final = ".venv/bin/python manage.py"
