"""A small pool of processes for work that needs the processor: receipts. Started on first use."""

from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context


def cpu_pool(processes: int) -> Executor:
    """Spawned, not forked: the worker has threads, sockets and an event loop that a fork must not copy."""
    return ProcessPoolExecutor(max_workers=processes, mp_context=get_context("spawn"))
