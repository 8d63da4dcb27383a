"""One run in the hands of this worker: carried to its end or its suspension, or stopped by us."""

from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any, Final
from uuid import UUID

import structlog
from anyio import CancelScope, to_thread
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort, Pause, TerminationSignal
from prefect.flow_engine import run_flow_async
from prefect.states import AwaitingRetry, Cancelled, Pending
from prefect.utilities.engine import propose_state

from flows.engine_private import Stopping, begin
from infra.errors import TransientError
from infra.leases import carrying, case_of
from infra.wiring import Ports
from infra.workflows import PREFECT_TROUBLE
from tasks.healing import hold_cancelled

_TROUBLE: Final = (*PREFECT_TROUBLE, TransientError)
_log = structlog.get_logger()


@dataclass(slots=True)
class Hand:
    """`token` is the run's lease."""

    run: FlowRun
    token: UUID
    flow: Flow[..., Any]
    stopping: Stopping = field(default_factory=Stopping)
    scope: CancelScope = field(default_factory=CancelScope)
    is_refused: bool = False  # by Prefect, or because the lease was lost

    def stop(self, stopping: Stopping) -> None:
        """What is being written is finished or refused; nothing is begun any more."""
        _log.info("run_is_stopped", flow_run_id=str(self.run.id), why=stopping.why)
        self.stopping.why = self.stopping.why or stopping.why
        self.scope.cancel()

    async def carry(self, client: PrefectClient, ports: Ports) -> None:
        """Nothing that happens inside is another run's trouble."""
        with self.scope:
            await self._carry(client)
        if self.stopping.why:
            with CancelScope(shield=True):
                await self._tell(client, ports)

    async def _carry(self, client: PrefectClient) -> None:
        """The engine has reported the run's end or its suspension by the time that we are back."""
        about = {"flow_run_id": str(self.run.id)}
        begin(self.run, self.stopping)
        try:
            with carrying(self.token):
                if case_of(self.run.parameters) is None:  # staff's own flows: their limit is counted from here on
                    await propose_state(client, Pending(), flow_run_id=self.run.id)
                await run_flow_async(self.flow, flow_run=self.run, parameters=self.run.parameters, return_type="state")
        except Pause:
            _log.info("run_suspended", **about)
        except Abort as error:
            self.is_refused = True
            _log.info("run_taken_elsewhere", reason=str(error), **about)
        except TerminationSignal:
            _log.info("run_has_stopped", why=self.stopping.why, **about)
        except _TROUBLE as error:  # it is left as it is, without a lease, and healing takes it up
            _log.warning("run_not_carried", reason=type(error).__name__, **about)
        except Exception as error:  # noqa: BLE001 - a fault of the engine in one run must not end the others
            at = extract_tb(error.__traceback__)[-1]  # the error's own text may hold anything
            _log.error("run_broke", reason=type(error).__name__, where=f"{at.filename}:{at.lineno}", **about)

    async def _tell(self, client: PrefectClient, ports: Ports) -> None:
        """What becomes of a run that we stopped; of one that was taken away its new owner tells."""
        case_id = case_of(self.run.parameters)
        try:
            if self.stopping.why == "cancelled":
                if case_id is not None:
                    await to_thread.run_sync(hold_cancelled, ports, case_id)
                await client.set_flow_run_state(self.run.id, Cancelled(message="Cancelled by staff."), force=True)
            elif self.stopping.why == "handed back":
                state: State[None] = AwaitingRetry(message="Its worker stops; another one goes on.")
                await client.set_flow_run_state(self.run.id, state, force=True)
        except _TROUBLE as error:
            _log.warning("stopped_run_not_told", flow_run_id=str(self.run.id), reason=type(error).__name__)
