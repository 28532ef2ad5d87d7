"""One member, from anywhere, held against all promises of its family."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from josie_bench.conformance import BrokenPromiseError, Check, UncheckedError, require
from josie_bench.conformance.metrics import metric_checks
from josie_bench.errors import UsageError
from josie_bench.metrics import Metric
from josie_bench.plugins import PACKAGE, find_member, unknown_name

FAMILIES = ("backends", "metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one check; the promise is kept where `wrong` and `unchecked` are None.

    Attributes:
        name: of the check.
        wrong: how the promise is broken.
        unchecked: why it cannot be told whether the promise is kept.
    """

    name: str
    wrong: str | None = None
    unchecked: str | None = None

    @property
    def line(self) -> str:
        """What is printed of it."""
        if self.wrong is not None:
            return f"fail: {self.name}: {self.wrong}"
        return f"pass: {self.name}" if self.unchecked is None else f"skip: {self.name}: {self.unchecked}"


def find_subject(words: str) -> tuple[str, str, ModuleType]:
    """Return the family, the name and the module that `words` ask for.

    Args:
        words: `FAMILY:NAME` of an installed member, or `FAMILY:PACKAGE.MODULE` of one that is not installed yet.

    Raises:
        UsageError: there is no such family or member, or its module cannot be imported.
    """
    family, colon, name = words.removeprefix(f"{PACKAGE}.").partition(":")
    if not colon or not name:
        raise UsageError(f"{words}: write FAMILY:NAME or FAMILY:PACKAGE.MODULE, for example backends:null")
    if family not in FAMILIES:
        raise UsageError(unknown_name("family", family, FAMILIES))
    try:
        member = importlib.import_module(name) if "." in name else find_member(family, name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{words}: cannot be imported: {error}") from error
    return family, name.rpartition(".")[2], member


def examine(family: str, name: str, member: ModuleType) -> Iterator[Finding]:
    """Yield what each check of the family finds; a member that does not say what it is is not asked further."""
    if family == "metrics":
        yield from _examine_metric(name, member)
        return
    from josie_bench.conformance.backends import says_what_it_is  # torch is loaded only for whom it concerns

    described = _outcome(Check(name="says what it is", run=lambda: says_what_it_is(member)))
    yield described
    if described.wrong is None and member.unavailable() is None:
        yield from _examine_executables(member)


def _examine_metric(name: str, member: ModuleType) -> Iterator[Finding]:
    metric = getattr(member, "METRIC", None)
    if not isinstance(metric, Metric):
        yield Finding(name="says what it is", wrong="has no METRIC of the type josie_bench.metrics.Metric")
        return
    yield from map(_outcome, metric_checks(name, metric))


def _examine_executables(member: ModuleType) -> Iterator[Finding]:
    from josie_bench.conformance.backends import executable_checks
    from josie_bench.conformance.workshop import PRECISION, subjects

    yield _outcome(
        Check(name=f"offers {PRECISION}", run=lambda: require(PRECISION in member.PRECISIONS, f"no {PRECISION}"))
    )
    if PRECISION not in member.PRECISIONS:
        return
    with tempfile.TemporaryDirectory() as folder:
        for component, subject in subjects(member, Path(folder)).items():
            yield from map(_outcome, executable_checks(component, subject))


def _outcome(check: Check) -> Finding:
    try:
        check.run()
    except BrokenPromiseError as broken:
        return Finding(name=check.name, wrong=str(broken))
    except UncheckedError as reason:
        return Finding(name=check.name, unchecked=str(reason))
    except Exception as error:  # noqa: BLE001  whatever a stranger's code raises is a finding about it
        words = " ".join(str(error).split())
        return Finding(name=check.name, wrong=f"{type(error).__name__}: {words}")
    return Finding(name=check.name)
