"""A TCP proxy in front of a real server, which loses what passes: a question on its way there, or its answer."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)  # closed at once, and the other side is told so


@dataclass
class Cut:
    """The nth message with these words loses its connection, `delivered` or not; what the other side says is lost."""

    words: bytes
    nth: int
    delivered: bool
    done: int = 0
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def falls_on(self, data: bytes) -> bool:
        if self.words not in data:
            return False
        with self._lock:
            self._seen += 1
            return self._seen == self.nth


class CuttingProxy:
    """`delay` is what each piece of an answer is kept back, in seconds; `instead` is answered in the server's place."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._cut: Cut | None = None
        self._open: set[socket.socket] = set()
        self.delay = 0.0
        self.instead = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def cutting(self, words: bytes, *, nth: int = 1, delivered: bool = True) -> Iterator[Cut]:
        self._cut = Cut(words, nth, delivered)
        try:
            yield self._cut
        finally:
            self._cut = None

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            self._drop(each)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            self._drop(client)
            return
        self._open |= {client, server}
        doom = threading.Event()
        threading.Thread(target=self._there, args=(client, server, doom), daemon=True).start()
        threading.Thread(target=self._back, args=(server, client, doom), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, doom: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                cut = self._cut
                if self.instead:
                    client.sendall(self.instead)
                    break
                if cut is not None and cut.falls_on(data):
                    cut.done += 1
                    doom.set()
                    if not cut.delivered:
                        break
                server.sendall(data)
        self._drop(client, server)

    def _back(self, server: socket.socket, client: socket.socket, doom: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(65536)) and not doom.is_set():
                time.sleep(self.delay)
                client.sendall(data)
            if doom.is_set():
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._drop(client, server)

    def _drop(self, *ends: socket.socket) -> None:
        """Shut first: to close alone does not wake the thread that reads."""
        for each in ends:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)
