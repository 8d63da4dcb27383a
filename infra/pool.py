"""A small pool of processes for work that needs the processor: receipts. Started by the first job."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class CpuPool:
    """Spawned, not forked: the worker has threads, sockets and an event loop that a fork must not copy."""

    def __init__(self, processes: int) -> None:
        self._processes = processes

    @cached_property
    def _executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(max_workers=self._processes, mp_context=get_context("spawn"))

    def run(self, job: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """The job's result; blocks the calling thread, so a step calls it and never the event loop."""
        return self._executor.submit(job, *args, **kwargs).result()

    def close(self) -> None:
        if "_executor" in self.__dict__:
            self._executor.shutdown()
