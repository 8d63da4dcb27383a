"""The program that forks one confined child per file: clean, single-threaded and warm, so a fork is safe and cheap.

It holds nothing of ours (no environment, no database socket), and ends when the process that started it ends.
Protocol: two sockets arrive with each message. The child takes its request from the first and leaves its answer there;
when the child is dead, its wait status goes to the second.
"""

import errno
import gc
import os
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn

import pikepdf
from PIL import Image

from infra.settings import UploadSettings
from infra.uploads.confinement import confine
from infra.uploads.job import answer
from infra.uploads.messages import write_request

ANSWERED, CRASHED, HINDERED = 0, 1, 2  # how a child ends by itself; hindered by its limits is our fault, not the file's
STATUS = struct.Struct("i")
SECONDS_TO_LIVE = 30.0  # far more than the processor time a child may use: reached only when the machine is in trouble


@dataclass(frozen=True)
class _Child:
    pid: int
    verdict: int
    ends: float


def serve(control: socket.socket) -> None:
    children: dict[int, _Child] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), *children], [], [], _seconds_left(children))
        for handle in children.keys() & ready:
            _bury(handle, children.pop(handle))
        for handle, child in children.items():
            if child.ends <= time.monotonic():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        if control.fileno() in ready:
            message, sockets, _, _ = socket.recv_fds(control, 1, 2)
            if not message:
                return  # our parent is gone; children die with us
            job, verdict = sockets
            others = [control.fileno(), verdict, *children, *(child.verdict for child in children.values())]
            child = _fork(job, verdict, others=others)
            children[os.pidfd_open(child.pid)] = child


def _seconds_left(children: dict[int, _Child]) -> float | None:
    if not children:
        return None
    return max(0.0, min(child.ends for child in children.values()) - time.monotonic())


def _fork(job: int, verdict: int, *, others: list[int]) -> _Child:
    pid = os.fork()
    if pid == 0:
        _live(job, others)
    os.close(job)
    return _Child(pid, verdict, time.monotonic() + SECONDS_TO_LIVE)


def _bury(handle: int, child: _Child) -> None:
    os.close(handle)
    _, status = os.waitpid(child.pid, 0)
    with socket.socket(fileno=child.verdict) as verdict:
        try:
            verdict.sendall(STATUS.pack(os.waitstatus_to_exitcode(status)))
        except (BrokenPipeError, ConnectionResetError):
            return  # nobody waits any more


def _live(job: int, others: list[int]) -> NoReturn:
    status = HINDERED
    try:
        os.dup2(0, 2)
        for descriptor in others:
            os.close(descriptor)  # it could answer for another file
        confine()
        status = CRASHED
        with socket.socket(fileno=job) as line, line.makefile("rb") as incoming:
            line.sendall(answer(incoming.read()))
        status = ANSWERED
    except OSError as error:
        if error.errno == errno.EMFILE:
            status = HINDERED
    finally:
        os._exit(status)


def _warm_up() -> None:
    """Decoders load parts of themselves when first needed, and a child may open no file: have all of it loaded."""
    Image.init()
    for sample in (
        _picture("JPEG"),
        _picture("PNG"),
        _pdf(encryption=False),
        _pdf(encryption=pikepdf.Encryption(owner="o")),
    ):
        answer(write_request(sample, UploadSettings()))


def _picture(form: str) -> bytes:
    turned = Image.Exif()
    turned[0x0112] = 6
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, form, exif=turned)
    return out.getvalue()


def _pdf(*, encryption: pikepdf.Encryption | bool) -> bytes:
    out = BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(out, encryption=encryption)
    return out.getvalue()


if __name__ == "__main__":
    _warm_up()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as line:
        serve(line)
