"""`ray`: workers that are actors of a Ray cluster, one for each GPU, or for so many cores; the only home of ray."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from josie_bench.errors import UnavailableError
from josie_bench.fleet import NO_FILES, Answer, Lost, Request
from josie_bench.fleet.hearing import heard, one_line
from josie_bench.terms.fleet_order import AUTO, FleetOrder

INSTALL = "pip install 'josie-bench[fleet]'"
START = "start one (ray start --head), or share out over this machine alone: --fleet local:2"
NOT_STARTED = "Starting Ray client server failed"
EXIT_TYPE = re.compile(r"Worker exit type: (?P<kind>\w+)")
Sent = tuple[Mapping[str, Any], Mapping[str, bytes]]


class _Hand:
    """The actor: a worker's process on whichever machine the cluster gives it."""

    def answer(self, request: str, files: Mapping[str, bytes]) -> Sent:
        """Return what a worker says to a request and the files that came with it: a JSON object, and files by name."""
        import ray

        from josie_bench.fleet.worker import answer

        said = answer(json.loads(request), [str(gpu) for gpu in ray.get_gpu_ids()], files)
        return said.told, said.files


class RayFleet:
    """Actors on the cluster that this process is connected to.

    Args:
        count: how many.
        resources: of each, as `ray.remote` takes them.
    """

    scheduler = "ray"

    def __init__(self, count: int, resources: Mapping[str, float]) -> None:
        self._names = tuple(f"worker{number}" for number in range(1, count + 1))
        self._resources = resources
        self._actors: dict[str, Any] = {}
        self._asked: dict[Any, str] = {}

    @property
    def workers(self) -> Sequence[str]:
        """The names of the workers, started or not."""
        return self._names

    def ask(self, worker: str, request: Request, files: Mapping[str, bytes] = NO_FILES) -> None:
        """Send a request; an actor that is not there is started, where the cluster has room."""
        import ray

        if worker not in self._actors:
            kind = ray.remote(max_restarts=0, max_task_retries=0, **self._resources)(_Hand)
            self._actors[worker] = kind.options(scheduling_strategy="SPREAD").remote()
        self._asked[self._actors[worker].answer.remote(json.dumps(request), dict(files))] = worker

    def next(self, timeout_s: float | None = None) -> tuple[str, Answer | Lost] | None:
        """Return the next answer, or that a worker ended; None if nothing came in time."""
        import ray

        ready, _ = ray.wait(list(self._asked), num_returns=1, timeout=timeout_s)
        if not ready:
            return None
        worker = self._asked.pop(ready[0])
        try:
            sent = ray.get(ready[0])
        except ray.exceptions.RayError as error:
            ray.kill(self._actors.pop(worker))
            return worker, Lost(reason=_reason(error))
        return worker, heard(sent)

    def close(self) -> None:
        """End all actors and leave the cluster."""
        import ray

        for actor in self._actors.values():
            ray.kill(actor)
        self._actors.clear()
        ray.shutdown()


def open_ray(order: FleetOrder, *, is_on_gpu: bool) -> RayFleet:
    """Return a fleet on the cluster that is asked for.

    Raises:
        UnavailableError: ray is not installed, the cluster cannot be reached, or it has no room for one worker.
    """
    if importlib.util.find_spec("ray") is None:
        raise UnavailableError("ray is not installed", mend=INSTALL)
    import ray

    terminate = signal.getsignal(signal.SIGTERM)
    try:
        _connect(ray.init, order.where if order.where != AUTO else "auto")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        said = " ".join(str(error).split(". ")[0].split())
        raise UnavailableError(f"no Ray cluster at {order.where} ({said})", mend=START) from error
    finally:
        signal.signal(signal.SIGTERM, terminate)  # ray has one of its own, which would lose what was measured
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    count, resources = _cut(nodes, order.cores, is_on_gpu=is_on_gpu)
    if not count:
        ray.shutdown()
        needed = "a GPU" if is_on_gpu else f"{order.cores} cores"
        raise UnavailableError(f"no machine of the Ray cluster has {needed} for a worker", mend="--fleet-cores 1")
    return RayFleet(count, resources)


def _connect(init: Callable[..., object], address: str) -> None:
    """Enter a cluster; what Ray starts there for each client may end at once, and then is asked for once more."""
    for is_last in (False, True):
        try:
            init(address=address, log_to_driver=False, configure_logging=False)
        except RuntimeError as error:
            if is_last or NOT_STARTED not in str(error):
                raise
        else:
            return


def _cut(nodes: Sequence[Mapping[str, float]], cores: int, *, is_on_gpu: bool) -> tuple[int, dict[str, float]]:
    """Return how many workers machines with these resources hold, and what each takes of them."""
    gpus = [int(node.get("GPU", 0)) for node in nodes]
    if is_on_gpu and any(gpus):
        each = min(int(node.get("CPU", 0)) // count for node, count in zip(nodes, gpus, strict=True) if count)
        return sum(gpus), {"num_gpus": 1, "num_cpus": min(cores, each)}
    return sum(int(node.get("CPU", 0)) // cores for node in nodes), {"num_cpus": cores}


def _reason(error: Exception) -> str:
    """Return in one line why an actor gave no answer; Ray's own words name machines and processes."""
    text = str(error).strip()
    kind = EXIT_TYPE.search(text)
    if kind is not None:
        return f"its actor died: {kind['kind']}"
    last = text.splitlines()[-1] if text else type(error).__name__
    return f"its actor gave no answer: {one_line(last)}"
