"""Become another program that ends when its parent does: `launch.py PARENT SIGNAL UID:GID COMMAND...`.

A step of its own, because the wish must be made after the fork and after giving up root, and code between fork and
exec is not safe in a program that has threads. Standard library only; runs as a file.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, owner = sys.argv[1:4]
    command = sys.argv[4:]
    if owner:
        uid, gid = (int(number) for number in owner.split(":"))
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit(1)  # the parent died before the wish was made
    os.execvp(command[0], command)  # noqa: S606 - the stack's own commands, without a shell


if __name__ == "__main__":
    main()
