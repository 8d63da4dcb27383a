"""`python3 -m infra.setup [minio | deploy-tools | lock | lock-upgrade]`: make this machine ready, for the Makefile."""

import os
import sys
from collections.abc import Callable
from typing import Final

from infra.setup import deploy_tools, machine, minio, packages
from infra.setup.shell import ROOT, SetupError, say


def everything() -> None:
    machine.prepare()
    packages.install()


VERBS: Final[dict[str, Callable[[], None]]] = {
    "": everything,
    "minio": minio.build,
    "deploy-tools": deploy_tools.install,
    "lock": lambda: packages.lock(upgrade=False),
    "lock-upgrade": lambda: packages.lock(upgrade=True),
}


def main() -> int:
    os.chdir(ROOT)
    try:
        VERBS["".join(sys.argv[1:2])]()
    except SetupError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; run it again to go on where it stopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
