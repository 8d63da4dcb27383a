"""What a child may use before it looks at a stranger's file. Nothing here can be taken back by the child."""

import ctypes
import os
import resource
import signal

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

_MEMORY = 1024 * 1024 * 1024  # address space: 40 megapixels take about half of it
_CPU_SECONDS = 10


def confine() -> None:
    """No new privileges, no core file, no new file or socket, no byte to disk; bounded memory and processor time."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_AS, _MEMORY)
    _lower(resource.RLIMIT_CPU, _CPU_SECONDS, hard=_CPU_SECONDS + 2)  # at the hard one it is SIGKILL, not SIGXCPU
    _lower(resource.RLIMIT_NOFILE, 0)


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _lower(kind: int, soft: int, *, hard: int | None = None) -> None:
    _, present = resource.getrlimit(kind)
    ceiling = soft if hard is None else hard
    if present != resource.RLIM_INFINITY:
        ceiling = min(ceiling, present)
    resource.setrlimit(kind, (min(soft, ceiling), ceiling))
