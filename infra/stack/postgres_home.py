"""Who runs PostgreSQL, which refuses root, and where its folder can then live."""

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Final

from infra.stack.errors import StackError
from infra.stack.process import Account

ELSEWHERE: Final = Path("/var/lib/residency-renewal")


def account_for(home: Path) -> Account | None:
    """None: as ourselves. When we are root: as the owner of the cluster's folder, else as the user `postgres`."""
    if os.geteuid() != 0:
        return None
    if home.exists() and home.stat().st_uid != 0:
        return Account(home.stat().st_uid, home.stat().st_gid)
    try:
        known = pwd.getpwnam("postgres")
    except KeyError:
        raise StackError(
            "PostgreSQL does not run as root and this machine has no user `postgres`. Start the stack as another user."
        ) from None
    return Account(known.pw_uid, known.pw_gid)


def place(wanted: Path, account: Account | None) -> Path:
    """The folder for the cluster, made and owned by who runs it: `wanted`, or one that this account can enter."""
    home = wanted if account is None or _can_enter(wanted.parent, account) else elsewhere(wanted)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    if account is not None:
        os.chown(home, account.uid, account.gid)
    return home


def elsewhere(wanted: Path) -> Path:
    """Where the cluster of this checkout lives when the checkout lies below a private folder."""
    return ELSEWHERE / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]


def _can_enter(folder: Path, account: Account) -> bool:
    enter = ["/bin/sh", "-c", 'cd "$0"', str(folder)]
    done = subprocess.run(  # noqa: S603 - fixed words
        enter, check=False, capture_output=True, cwd="/", user=account.uid, group=account.gid, extra_groups=[]
    )
    return done.returncode == 0


def remove(wanted: Path) -> None:
    """Delete the cluster of this checkout, wherever it lives."""
    for home in (wanted, elsewhere(wanted)):
        if home.exists():
            shutil.rmtree(home)
