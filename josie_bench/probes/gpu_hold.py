"""`gpu_hold`: a GPU's clocks and power limit, held while a run measures and given back however that ends.

Runs as `python -m josie_bench.probes.gpu_hold HOLD`: the guardian, who changes the GPU, waits until its standard input
ends, as that does with the process that started it even if it is killed, and gives back. Never run on a GPU.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from subprocess import PIPE, Popen
from typing import Any

from josie_bench.errors import UnavailableError, UsageError
from josie_bench.probes._nvml import MILLIWATTS_PER_W, load_nvml, none_visible, uuid_of, visible_gpus
from josie_bench.terms.telemetry import AbsentSource

WITHOUT = "leave --gpu-clock and --gpu-power out"
NOT_TO_THE_GUARDIAN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # it ends when the run has ended
Change = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a GPU is to be held at; None leaves it as it is.

    Attributes:
        power_before_mw: the power limit to give back.
    """

    uuid: str
    clock_mhz: int | None
    power_mw: int | None
    power_before_mw: int | None

    @property
    def facts(self) -> dict[str, float]:
        """What of it goes into the facts of the host."""
        clock = {} if self.clock_mhz is None else {"sm_clock_mhz": self.clock_mhz}
        power = {} if self.power_mw is None else {"power_limit_w": self.power_mw / MILLIWATTS_PER_W}
        return clock | power

    @property
    def by_hand(self) -> str:
        """The command that gives back what it takes."""
        clock = [] if self.clock_mhz is None else [f"nvidia-smi -i {self.uuid} --reset-gpu-clocks"]
        watts = (self.power_before_mw or 0) / MILLIWATTS_PER_W
        power = [] if self.power_mw is None else [f"nvidia-smi -i {self.uuid} --power-limit {watts:g}"]
        return " && ".join(clock + power)


@contextmanager
def held_gpu(clock_mhz: float | None, power_w: float | None, visible: str | None) -> Iterator[dict[str, float]]:
    """Hold the first GPU that CUDA sees while the body runs; yield what it is held at, by fact of the host.

    Args:
        clock_mhz: for its SMs; None leaves it as it is.
        power_w: the most that it may draw; None leaves it as it is.
        visible: what `CUDA_VISIBLE_DEVICES` says, None where nothing.

    Raises:
        UsageError: the GPU cannot have that clock or limit; the message has those that it can.
        UnavailableError: there is none, it may not be changed, or what was changed could not be given back.
    """
    if clock_mhz is None and power_w is None:
        yield {}
        return
    nvml = load_nvml()
    if isinstance(nvml, AbsentSource):
        raise UnavailableError(nvml.detail, mend=f"or {WITHOUT}")
    handles = visible_gpus(nvml, visible)
    if not handles:
        raise UnavailableError(none_visible(visible).detail, mend=WITHOUT)
    hold = _possible(nvml, handles[0], clock_mhz, power_w)
    command = [sys.executable, "-m", "josie_bench.probes.gpu_hold", json.dumps(asdict(hold))]
    guardian = Popen(command, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True)  # Ctrl-C is not for it
    try:
        with guardian:
            _await_held(guardian)
            yield hold.facts
    finally:
        if guardian.returncode and (failed := _undo(nvml, [undo for _, undo in _changes(nvml, handles[0], hold)])):
            raise UnavailableError(f"the GPU is held still ({failed})", mend=hold.by_hand)


def _await_held(guardian: Popen[str]) -> None:
    assert guardian.stdout is not None
    answer = guardian.stdout.readline()
    if not answer:
        raise UnavailableError("the process that was to hold the GPU's clocks has ended", mend=f"or {WITHOUT}")
    if (refusal := json.loads(answer)) is not None:
        reason, mend = refusal
        raise UnavailableError(reason, mend=mend)


def _possible(nvml: Any, handle: Any, clock_mhz: float | None, power_w: float | None) -> Hold:
    """Return the hold of a GPU if what NVML says of it allows that."""
    try:
        if clock_mhz is not None:
            _check_clock(nvml, handle, clock_mhz)
        power_mw = None if power_w is None else round(power_w * MILLIWATTS_PER_W)
        if power_mw is not None:
            _check_power(nvml, handle, power_mw)
        return Hold(
            uuid=uuid_of(nvml, handle),
            clock_mhz=None if clock_mhz is None else int(clock_mhz),
            power_mw=power_mw,
            power_before_mw=None if power_mw is None else int(nvml.nvmlDeviceGetPowerManagementLimit(handle)),
        )
    except nvml.NVMLError as error:
        reason, mend = _why(nvml, error)
        raise UnavailableError(reason, mend=mend) from error


def _check_clock(nvml: Any, handle: Any, mhz: float) -> None:
    """Refuse a clock that is none of the GPU's: it would take another."""
    memory = nvml.nvmlDeviceGetSupportedMemoryClocks(handle)
    clocks = sorted({int(one) for each in memory for one in nvml.nvmlDeviceGetSupportedGraphicsClocks(handle, each)})
    if mhz not in clocks:
        near = min(clocks, key=lambda one: abs(one - mhz))
        every = f"from {clocks[0]}MHz to {clocks[-1]}MHz"
        raise UsageError(f"--gpu-clock {mhz:g}MHz: this GPU has clocks {every}: the nearest is {near}MHz")


def _check_power(nvml: Any, handle: Any, milliwatts: int) -> None:
    least, most = nvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)
    if not least <= milliwatts <= most:
        asked, least_w, most_w = (one / MILLIWATTS_PER_W for one in (milliwatts, least, most))
        raise UsageError(f"--gpu-power {asked:g}W: this GPU takes a limit from {least_w:g}W to {most_w:g}W")


def _changes(nvml: Any, handle: Any, hold: Hold) -> list[tuple[Change, Change]]:
    """Return what holds the GPU, each with what gives it back."""
    found: list[tuple[Change, Change]] = []
    if hold.clock_mhz is not None:
        lock = partial(nvml.nvmlDeviceSetGpuLockedClocks, handle, hold.clock_mhz, hold.clock_mhz)
        found.append((lock, partial(nvml.nvmlDeviceResetGpuLockedClocks, handle)))
    if hold.power_mw is not None:
        limit = partial(nvml.nvmlDeviceSetPowerManagementLimit, handle)
        found.append((partial(limit, hold.power_mw), partial(limit, hold.power_before_mw)))
    return found


def _undo(nvml: Any, undos: Iterable[Change]) -> str:
    """Give back, all that can be; return why some could not, or nothing."""
    failed = []
    for undo in undos:
        try:
            undo()
        except nvml.NVMLError as error:
            failed.append(str(error))
    return "; ".join(failed)


def _why(nvml: Any, error: Exception) -> tuple[str, str]:
    """Return why NVML refused, and how to mend it."""
    if isinstance(error, nvml.NVMLError_NoPermission):
        return "this user may not set the GPU's clocks and power limit", f"run as root, or {WITHOUT}"
    if isinstance(error, nvml.NVMLError_NotSupported):
        return "this GPU's clocks or power limit cannot be set", WITHOUT
    return f"NVML cannot hold the GPU ({error})", WITHOUT


def main(words: Sequence[str]) -> int:
    """Hold the GPU until standard input ends; return whether something could not be given back."""
    for number in NOT_TO_THE_GUARDIAN:
        signal.signal(number, signal.SIG_IGN)
    hold = Hold(**json.loads(words[0]))
    nvml = load_nvml()
    assert not isinstance(nvml, AbsentSource), "the run has just loaded it"
    (handle,) = visible_gpus(nvml, hold.uuid)
    undos, refusal = [], None
    try:
        for change, undo in _changes(nvml, handle, hold):
            change()
            undos.append(undo)
    except nvml.NVMLError as error:
        refusal = _why(nvml, error)
    with suppress(BrokenPipeError):  # the run is gone already
        sys.stdout.write(json.dumps(refusal) + "\n")
        sys.stdout.flush()
    sys.stdin.read()
    if failed := _undo(nvml, undos):
        sys.stderr.write(f"error: the GPU could not be given back ({failed}): {hold.by_hand}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
