"""Where the local stack keeps what it makes: all of it under one folder, `var/` of the checkout."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.stack.errors import StackError

CHECKOUT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Places:
    var: Path

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def marks(self) -> Path:
        """One file per started process, so that a killed run's leftovers are found."""
        return self.var / "run"

    @property
    def secrets(self) -> Path:
        return self.var / "local.env"

    @property
    def lock(self) -> Path:
        return self.var / "stack.lock"

    @property
    def running(self) -> Path:
        """Written when the stack is ready, for commands given in another terminal; gone when it stops."""
        return self.var / "running.json"

    @property
    def cluster(self) -> Path:
        """Where PostgreSQL's files should be; they may have to lie elsewhere."""
        return self.var / "postgres"

    @property
    def programs(self) -> Path:
        return self.var / "bin"

    def make(self) -> None:
        """StackError when another user made them: PostgreSQL's files and the secrets are for one user only."""
        if self.var.exists() and os.geteuid() not in {0, self.var.stat().st_uid}:
            raise StackError(
                f"{self.var} belongs to {self.var.owner()}, who started the local stack before. Start it as that user, "
                "or have that user give the data up with `make clean` and delete the folder."
            )
        for folder in (self.var, self.logs, self.marks):
            folder.mkdir(parents=True, exist_ok=True)


CHECKOUT_PLACES: Final = Places(CHECKOUT / "var")
