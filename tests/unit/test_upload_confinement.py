"""The confined child: what it may not do, and what its end means for the file."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from infra import uploads
from infra.errors import TransientError
from infra.settings import UploadSettings
from infra.uploads import CleanFile, RefusalCode, RefusedFileError, rebuild
from infra.uploads.messages import read_answer
from tests.uploads import bomb_pdf, picture, text_pdf

CHECKOUT = Path(__file__).parents[2]
LIMITS = UploadSettings()

CONFINED = """
import os, socket, sys
from infra.uploads import confinement
status = open("/proc/self/status")
scratch = open(sys.argv[1], "wb", buffering=0)
confinement.confine()
def refused(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__, getattr(error, "errno", None)
    return "allowed"
print(refused(lambda: open("/etc/hostname")))
print(refused(socket.socket))
print(refused(lambda: scratch.write(b"x")))
print(refused(lambda: bytearray(2 * 1024**3)))
print([line.split()[1] for line in status if line.startswith("NoNewPrivs")])
"""

BUSY = "from infra.uploads import confinement as c; c._CPU_SECONDS = 1; c.confine()\nwhile True: pass"

STUCK = """
import socket, sys, time
from infra.uploads import forker
forker.SECONDS_TO_LIVE = 0.3
forker.answer = lambda request: time.sleep(60)
forker.serve(socket.socket(fileno=int(sys.argv[1])))
"""


def program(source: str, *arguments: str, **how: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", source, *arguments], cwd=CHECKOUT, text=True, **how)  # noqa: S603


def forker_pid() -> int:
    rebuild(picture(), limits=LIMITS)
    return uploads._CONFINED._forker.process.pid


def open_files(pid: int) -> Counter[str]:
    """What a process holds open, by kind: `socket`, `anon_inode`, or the path."""
    return Counter(str(link.readlink()).split(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir())


def child_of(pid: int) -> int:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            return int(children[0])
        time.sleep(0.001)
    raise AssertionError("no child was forked")


@pytest.fixture
def busy() -> Iterator[tuple[int, Future[CleanFile]]]:
    """A child at work on a file that keeps it for a moment, held still so that a test can look at it."""
    forker = forker_pid()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(rebuild, bomb_pdf(200), limits=LIMITS)
        child = child_of(forker)
        time.sleep(0.05)  # past its first lines
        os.kill(child, signal.SIGSTOP)
        yield child, result


def test_a_confined_process_opens_writes_and_takes_nothing(tmp_path: Path) -> None:
    with program(CONFINED, str(tmp_path / "scratch"), stdout=subprocess.PIPE) as process:
        said = process.communicate()[0].splitlines()
    assert said == ["('OSError', 24)", "('OSError', 24)", "('OSError', 27)", "('MemoryError', None)", "['1']"]


def test_a_confined_process_that_computes_too_long_is_ended_by_the_kernel() -> None:
    with program(BUSY) as process:
        assert process.wait(timeout=30) == -signal.SIGXCPU


def test_a_child_that_does_nothing_for_too_long_is_killed() -> None:
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    job, child_job = socket.socketpair()
    verdict, child_verdict = socket.socketpair()
    stuck = program(STUCK, str(theirs.fileno()), pass_fds=[theirs.fileno()])
    with stuck, control, theirs, job, child_job, verdict, child_verdict:
        theirs.close()
        socket.send_fds(control, [b"."], [child_job.fileno(), child_verdict.fileno()])
        job.shutdown(socket.SHUT_WR)
        verdict.settimeout(20)
        assert int.from_bytes(verdict.recv(4), sys.byteorder, signed=True) == -signal.SIGKILL
        control.close()
        assert stuck.wait(timeout=10) == 0


def test_a_child_sees_nothing_of_ours(busy: tuple[int, Future[CleanFile]]) -> None:
    child, _ = busy
    held = open_files(child)
    environment = Path(f"/proc/{child}/environ").read_bytes()
    os.kill(child, signal.SIGKILL)
    assert environment == b""
    assert held == {"/dev/null": 3, "/dev/urandom": 1, "socket": 1}


@pytest.mark.parametrize("crash", [signal.SIGSEGV, signal.SIGABRT, signal.SIGXCPU])
def test_a_file_that_ends_its_child_is_too_expensive(
    busy: tuple[int, Future[CleanFile]], crash: signal.Signals
) -> None:
    child, result = busy
    os.kill(child, crash)
    os.kill(child, signal.SIGCONT)
    with pytest.raises(RefusedFileError) as caught:
        result.result(timeout=20)
    assert caught.value.code is RefusalCode.TOO_EXPENSIVE


def test_a_child_that_somebody_kills_says_nothing_about_the_file(busy: tuple[int, Future[CleanFile]]) -> None:
    child, result = busy
    os.kill(child, signal.SIGKILL)
    with pytest.raises(TransientError):
        result.result(timeout=20)


def test_when_the_forker_dies_its_children_die_and_the_next_file_starts_another(
    busy: tuple[int, Future[CleanFile]],
) -> None:
    child, result = busy
    forker = uploads._CONFINED._forker.process.pid
    os.kill(forker, signal.SIGKILL)
    with pytest.raises(TransientError):
        result.result(timeout=20)
    assert rebuild(picture(), limits=LIMITS).pages == 1
    assert forker_pid() != forker
    assert not Path(f"/proc/{child}/fd").exists() or not list(Path(f"/proc/{child}/fd").iterdir())


def test_the_same_bytes_come_from_another_forker() -> None:
    files = [picture(), text_pdf()]
    before = [rebuild(data, limits=LIMITS) for data in files]
    uploads._CONFINED.close()
    assert [rebuild(data, limits=LIMITS) for data in files] == before


def test_twelve_files_at_once_from_the_threads_of_an_event_loop() -> None:
    files = [picture(size=(40 + number, 40)) if number % 2 else text_pdf(str(number)) for number in range(12)]

    async def all_at_once() -> list[CleanFile]:
        return await asyncio.gather(*(asyncio.to_thread(rebuild, data, limits=LIMITS) for data in files))

    assert asyncio.run(all_at_once()) == [rebuild(data, limits=LIMITS) for data in files]


def test_no_child_and_no_open_file_is_left_behind() -> None:
    forker = forker_pid()
    ours = len(list(Path("/proc/self/fd").iterdir()))
    for data in (picture(), b"GIF89a", text_pdf()) * 3:
        try:
            rebuild(data, limits=LIMITS)
        except RefusedFileError:
            continue
    deadline = time.monotonic() + 5
    while open_files(forker)["socket"] > 1 and time.monotonic() < deadline:
        time.sleep(0.01)  # it tidies up after it has answered
    assert open_files(forker) & Counter(socket=99, anon_inode=99) == {"socket": 1}
    assert len(list(Path("/proc/self/fd").iterdir())) == ours
    assert Path(f"/proc/{forker}/task/{forker}/children").read_text() == ""


@pytest.mark.parametrize(
    "lie",
    [
        b"",
        b"{}\n",
        b"not json\nbytes",
        b"\x80\x04pickle\nbytes",
        b'{"refused":"because"}\n',
        b'{"media_type":"text/html","pages":1}\n<script>',
        b'{"media_type":"image/jpeg","pages":-1}\nbytes',
    ],
)
def test_an_answer_that_makes_no_sense_is_a_refusal(lie: bytes) -> None:
    with pytest.raises(RefusedFileError) as caught:
        read_answer(lie, LIMITS)
    assert caught.value.code is RefusalCode.DAMAGED


def test_a_process_that_never_uploads_starts_no_forker() -> None:
    source = "import infra.uploads, sys; print(infra.uploads._CONFINED._forker, 'PIL' in sys.modules)"
    with program(source, stdout=subprocess.PIPE) as process:
        assert process.communicate()[0].split() == ["None", "False"]
