"""Our side of the confined children: start the forker, hand it a file, tell what an end means."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from infra.errors import PermanentError, TransientError

_CHECKOUT = Path(__file__).parents[2]
_PATIENCE = 40.0  # seconds; the forker ends a child well before
_LONGEST_ANSWER = 64 * 1024 * 1024
_STATUS_BYTES = 4
_HINDERED = 2  # as infra.uploads.forker says; importing it would bring the decoders into this process

_log = structlog.get_logger()


class ChildDiedError(Exception):
    """The file ended its child: out of processor time, out of memory, or a crash of the decoder."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.killed = status < 0


@dataclass(frozen=True)
class _Forker:
    process: subprocess.Popen[bytes]
    control: socket.socket

    def end(self) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()


class Confined:
    """Runs jobs in confined children, as many at once as there are processors. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._forker: _Forker | None = None
        atexit.register(self.close)

    def run(self, request: bytes) -> bytes:
        """The child's answer, which may be a lie; ChildDiedError when the file killed it, else TransientError."""
        with self._slots:
            job, child_job = socket.socketpair()
            verdict, child_verdict = socket.socketpair()
            with job, verdict:
                with child_job, child_verdict:
                    self._submit([child_job.fileno(), child_verdict.fileno()])
                job.settimeout(_PATIENCE)
                verdict.settimeout(_PATIENCE)
                try:
                    answer = _converse(job, request)
                    status = verdict.recv(_STATUS_BYTES)
                except TimeoutError as error:
                    self.close()
                    raise TransientError("the file check does not answer") from error
        _judge(status)
        return answer

    def close(self) -> None:
        with self._lock:
            if self._forker is not None:
                self._forker.end()
                self._forker = None

    def _submit(self, sockets: list[int]) -> None:
        with self._lock:
            if self._forker is None or not _sent(self._forker, sockets):
                self._forker = _start(self._forker)
                if not _sent(self._forker, sockets):
                    raise TransientError("the file check does not start")


def _start(dead: _Forker | None) -> _Forker:
    if dead is not None:
        dead.end()
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "infra.uploads.forker", str(theirs.fileno())],
            cwd=_CHECKOUT,
            env={},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends us first, then the forker by itself
        )
    _log.info("upload_forker_started", pid=process.pid)
    return _Forker(process, control)


def _sent(forker: _Forker, sockets: list[int]) -> bool:
    try:
        socket.send_fds(forker.control, [b"."], sockets)
    except (BrokenPipeError, ConnectionResetError, ConnectionRefusedError):
        return False
    return True


def _converse(job: socket.socket, request: bytes) -> bytes:
    answer = bytearray()
    try:
        job.sendall(request)
        job.shutdown(socket.SHUT_WR)
        while len(answer) <= _LONGEST_ANSWER and (part := job.recv(1024 * 1024)):
            answer += part
    except (BrokenPipeError, ConnectionResetError):
        return b""  # the child is dead; its status says why
    job.close()  # a child that goes on talking ends here
    return bytes(answer)


def _judge(status: bytes) -> None:
    """A child that the kernel or somebody killed outright was not killed by its file: those ends have other signals."""
    if len(status) < _STATUS_BYTES:
        raise TransientError("the file check was stopped")
    code = int.from_bytes(status, sys.byteorder, signed=True)
    if code == 0:
        return
    _log.warning("upload_child_died", status=code)
    if code == -signal.SIGKILL:
        raise TransientError("the file check was killed")
    if code == _HINDERED:
        raise PermanentError(
            "files cannot be checked here: the limits cannot be set, or a decoder needs what they forbid"
        )
    raise ChildDiedError(code)
