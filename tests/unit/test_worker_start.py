"""A worker that is told to stop before Prefect has come."""

import anyio

from flows.worker.life import _until


def test_it_goes_on_when_it_is_prepared() -> None:
    async def start() -> None:
        with anyio.fail_after(5):
            await _until(anyio.Event(), anyio.lowlevel.checkpoint)

    anyio.run(start)


def test_it_does_not_wait_for_prefect_when_it_is_told_to_stop() -> None:
    async def start() -> None:
        stop = anyio.Event()
        stop.set()
        with anyio.fail_after(5):
            await _until(stop, anyio.sleep_forever)

    anyio.run(start)
