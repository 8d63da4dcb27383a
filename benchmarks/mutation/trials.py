"""Trying mutants: the tests are loaded once, and each mutant is put into a forked process; no file is touched."""

import ast
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from types import FunctionType, ModuleType
from typing import Any, Final

import hypothesis
import pytest

from benchmarks.mutation.mutants import Mutant
from models.states import Machine

PROFILE: Final = "mutants"
hypothesis.settings.register_profile(
    PROFILE,
    hypothesis.settings.get_profile("ci"),  # the same examples every time
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # that one fails is enough, be it small or not
)

SECONDS: Final = 90
"""Whoever takes longer goes round in circles."""

_OPTIONS: Final = (
    *("-q", "-q", "--capture=no", "--assert=plain", "--noconftest", "-p", "no:cacheprovider"),
    *("-c", os.devnull, "--rootdir=.", "--import-mode=importlib"),  # of plugins these tests need none
)
_TESTS: Final = (
    *("test_machine_tables", "test_order_status", "test_payment_checks", "test_payment_decision"),
    *("test_machines", "test_payment_edges", "test_payment_decision_rules"),
)
_NEAREST: Final = {
    "models.payments.decision": "test_payment_decision",
    "models.payments.checks": "test_payment_checks",
    "models.payments.order_status": "test_order_status",
}
"""The tests that are most likely to notice come first: most mutants get no further."""

_SURVIVED, _KILLED, _BROKEN, _CRASHED = 0, 1, 2, 70


class Verdict(StrEnum):
    KILLED = "killed by a test"
    BROKEN = "could not be put in place"
    ENDLESS = "ran too long"
    SURVIVED = "survived"

    @property
    def is_death(self) -> bool:
        return self is not Verdict.SURVIVED


Told = Callable[[Mutant, Verdict], None]


class _Trial:
    """Takes the place of pytest's own loop, when all tests are loaded."""

    def __init__(self, mutants: Sequence[Mutant], *, at_once: int, told: Told) -> None:
        self.mutants, self.at_once, self.told = mutants, at_once, told
        self.verdicts: dict[Mutant, Verdict] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The code as it is, too, first and last: if that died, the verdicts between would be worth nothing."""
        running: dict[int, Mutant | None] = {}
        waiting = [None, *reversed(self.mutants), None]
        while waiting or running:
            while waiting and len(running) < self.at_once:
                mutant = waiting.pop()
                running[_started(session, mutant)] = mutant
            pid, status = os.wait()
            self._hear(running.pop(pid), _verdict(status))
        return True

    def _hear(self, mutant: Mutant | None, verdict: Verdict) -> None:
        if mutant is not None:
            self.verdicts[mutant] = verdict
            self.told(mutant, verdict)
        elif verdict.is_death:
            raise RuntimeError("the tests fail on the code as it is; mend that first")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """One failure is enough, and nobody reads its report, which takes longer than the test."""
        if call.excinfo is not None:
            os._exit(_KILLED)


def try_all(mutants: Sequence[Mutant], *, at_once: int, told: Told) -> list[tuple[Mutant, Verdict]]:
    """Every mutant's verdict; `told` hears each as it comes. After Ctrl-C, the verdicts until then.

    Raises RuntimeError when the tests do not run, or fail on the code as it is.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    hypothesis.settings.load_profile(PROFILE)
    trial = _Trial(mutants, at_once=at_once, told=told)
    code = pytest.main([*_OPTIONS, *(f"tests/unit/{name}.py" for name in _TESTS)], plugins=[trial])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.INTERRUPTED}:
        raise RuntimeError("the tests could not be run; try them by themselves")
    return list(trial.verdicts.items())


def _started(session: pytest.Session, mutant: Mutant | None) -> int:
    """The process that tries it; it never comes back from here."""
    pid = os.fork()
    if pid != 0:
        return pid
    code = _CRASHED
    try:
        signal.alarm(SECONDS)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = _BROKEN
        if mutant is not None:
            put_in_place(mutant)
        code = _CRASHED
        code = _tried(session, mutant)
    finally:
        os._exit(code)


def _tried(session: pytest.Session, mutant: Mutant | None) -> int:
    nearest = _NEAREST.get(mutant.module, _TESTS[0]) if mutant else ""
    items = sorted(session.items, key=lambda item: item.path.stem != nearest)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return _SURVIVED


def _verdict(status: int) -> Verdict:
    code = os.waitstatus_to_exitcode(status)
    if code == _CRASHED:
        raise RuntimeError("a trial broke down; that is no verdict")
    told = {_SURVIVED: Verdict.SURVIVED, _KILLED: Verdict.KILLED, _BROKEN: Verdict.BROKEN}
    return told.get(code, Verdict.ENDLESS)


def put_in_place(mutant: Mutant) -> None:
    """Change the loaded module, and whatever has taken its values over, to what the mutant says.

    Functions get the mutant's code, machines its table, other values are put in the place of the old ones wherever a
    module has them. Classes stay the same, so that what tests hold of them is still theirs.
    """
    module = importlib.import_module(mutant.module)
    for node in ast.parse(mutant.source).body:
        if isinstance(node, ast.FunctionDef):
            _recode(getattr(module, node.name), node, module)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    _recode(vars(getattr(module, node.name))[method.name], method, module)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            _reassign(node, module)


def _recode(function: object, node: ast.FunctionDef, module: ModuleType) -> None:
    node.decorator_list = []
    made: dict[str, Any] = {}
    exec(_compiled(node, module), module.__dict__ | {}, made)  # noqa: S102 - our own source with one change
    changed = made[node.name]
    if isinstance(function, FunctionType):
        function.__code__, function.__defaults__ = changed.__code__, changed.__defaults__


def _reassign(node: ast.AnnAssign | ast.Assign, module: ModuleType) -> None:
    before = dict(module.__dict__)
    exec(_compiled(node, module), module.__dict__)  # noqa: S102 - as above
    for name, value in list(module.__dict__.items()):
        old = before.get(name)
        if old is value:
            continue
        if isinstance(old, Machine):
            old.__dict__.update(value.__dict__)
            setattr(module, name, old)
        elif old is not None and name != "__annotations__":
            for holder in _ours():
                for held in [key for key, other in vars(holder).items() if other is old]:
                    setattr(holder, held, value)


def _compiled(node: ast.stmt, module: ModuleType) -> Any:
    return compile(ast.Module([node], []), str(module.__file__), "exec", dont_inherit=True)


def _ours() -> list[ModuleType]:
    """The product's modules and the tests', which pytest loads under names of its own."""
    return [each for name, each in list(sys.modules.items()) if name.split(".")[0] in {"models", "tests"} and each]


def counted(results: Sequence[tuple[Mutant, Verdict]]) -> Iterator[tuple[str, int, int]]:
    """Of each module its name, the mutants that died, and all."""
    for name in dict.fromkeys(mutant.module for mutant, _ in results):
        of_it = [verdict for mutant, verdict in results if mutant.module == name]
        yield name, sum(verdict.is_death for verdict in of_it), len(of_it)
