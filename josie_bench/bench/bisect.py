"""The first layer at which an engine leaves the reference: both are asked the same, and read wherever a layer ends.

The reference here is the exported FP32 graph, run operator by operator, because its tensors have names that engines
keep; what it gives is first held against eager PyTorch. State comes from the reference at every call, so an error is
that of one call and not of those before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineSource, Opened
from josie_bench.backends import onnxruntime as graph_backend
from josie_bench.bench.calibration import reference_calls
from josie_bench.engines.boundaries import Boundary, layer_boundaries
from josie_bench.engines.build import GRAPH_FILE
from josie_bench.engines.calibration import Call, spread
from josie_bench.engines.manifest import Manifest, graph_recipe
from josie_bench.engines.store import find
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.case import Case
from josie_bench.terms.parity import spread_of

WINDOWS = 6  # of the case, from its first; with what both sides say in them
FLOAT_BAR = 1e-3  # of engines that do not round: another order of sums leaves 1e-6, a wrong operator much more
ROUNDING_WIDTH = 3.0  # times what rounding does to the reference, as in the tolerance of a whole component
TRUSTED = 1e-4  # how far the graph may be from eager: another order of sums, through a whole component


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerError:
    """How far an engine is from the reference where a layer ends.

    Attributes:
        layer: the module's path, and which call of it from the second on.
        error: |engine − reference| / |reference|, over all calls together; None where the engine has no such tensor.
        bar: what it may be.
    """

    layer: str
    error: float | None
    bar: float

    @property
    def is_beyond(self) -> bool:
        """Whether the engine left the reference here."""
        return self.error is not None and not self.error <= self.bar


class Distance:
    """Relative errors over many calls: norms of all of them together, so that a silent call weighs nothing."""

    def __init__(self) -> None:
        self._squares: dict[Any, tuple[float, float]] = {}

    def add(self, key: Any, got: Array, expected: Array) -> None:
        """Take one call in."""
        wide = expected.astype(np.float64)
        error, size = self._squares.get(key, (0.0, 0.0))
        self._squares[key] = (error + float(np.sum((got - wide) ** 2)), size + float(np.sum(wide**2)))

    def of(self, key: Any) -> float | None:
        """Return |got − expected| / |expected|, None where nothing was taken in."""
        if key not in self._squares:
            return None
        error, size = self._squares[key]
        if size == 0.0:
            return 0.0 if error == 0.0 else np.inf
        return float(np.sqrt(error / size))


def bisect(
    root: Path,
    case: Case,
    engines: Mapping[str, Manifest],
    components: Sequence[str],
    *,
    tolerance: float | None = None,
    windows: int = WINDOWS,
) -> dict[str, list[LayerError] | UnavailableError]:
    """Return the layers of each component in the order they are computed, or why its engine cannot be looked into.

    Args:
        root: the store.
        case: whose windows both are given.
        engines: under test, by component.
        components: which of them.
        tolerance: the bar of every layer; None takes `FLOAT_BAR`, or for INT8 what rounding does to each layer.
        windows: from the case's first.

    Raises:
        EngineError: the exported graph is not there, or is not what eager gives.
    """
    found: dict[str, list[LayerError] | UnavailableError] = {
        name: reason for name in components if (reason := _shut(engines, name)) is not None
    }
    wanted = [name for name in components if name not in found]
    if wanted:
        from josie_bench.model.assembly import make_model

        calls = reference_calls(root, replace(case, windows=windows))
        model = make_model(case.model)
        for name in wanted:
            if not calls.get(name):
                found[name] = UnavailableError(f"it is not called in the first {windows} windows of the case")
                continue
            graph = exported_graph(root, engines[name])
            module = model.component(name)
            found[name] = layer_errors(
                graph, engines[name], module, spread(calls[name]), tolerance=tolerance, threads=case.threads
            )
    return {name: found[name] for name in components}


def _shut(engines: Mapping[str, Manifest], component: str) -> UnavailableError | None:
    """Return why a component cannot be looked into before anything is run, or None."""
    if component not in engines:
        return UnavailableError("the case has no engine of it: nothing that it reads arrives")
    return closed(engines[component])


def closed(engine: Manifest) -> UnavailableError | None:
    """Return why an engine's inside cannot be read, or None."""
    backend = engine.recipe.backend
    if hasattr(find_member("backends", backend), "open_up"):
        return graph_backend.unavailable()
    open_ones = [name for name in member_names("backends") if hasattr(find_member("backends", name), "open_up")]
    return UnavailableError(f"{backend} shows nothing of its inside; {', '.join(open_ones)} do")


def exported_graph(root: Path, engine: Manifest) -> Path:
    """Return the file of the FP32 graph that an engine was built from.

    Raises:
        EngineError: it was cleared away, or is damaged.
    """
    graph = find(root, graph_recipe(engine.recipe))
    if graph is None:
        raise EngineError(
            f"{engine.folder}: its exported graph was cleared away: delete the folder, both are made anew"
        )
    return graph.folder / GRAPH_FILE


def layer_errors(
    graph: Path,
    engine: Manifest,
    module: Any,
    calls: Sequence[Call],
    *,
    tolerance: float | None = None,
    threads: int = 1,
) -> list[LayerError]:
    """Return how far an engine is from its exported graph where each layer ends, in the order they are computed.

    Args:
        graph: the exported FP32 graph's file.
        engine: of a backend that shows its inside.
        module: the component in PyTorch.
        calls: inputs and state.
        tolerance: the bar of every layer, or None.
        threads: that may compute.

    Raises:
        EngineError: the graph is not what eager gives, or the engine has none of its tensors.
    """
    boundaries = layer_boundaries(graph)
    tensors = [boundary.tensor for boundary in boundaries]
    reference = graph_backend.OpenedGraph(graph, tensors, threads=threads, is_optimised=False)
    calls = [drawn_as(reference, call) for call in calls]
    _check_reference(reference, module, calls)
    opened = _opened(engine, tensors, threads)
    distance = Distance()
    for call in calls:
        expected, got = reference.run(call), opened.run(call)
        for name in got.keys() & set(tensors):
            distance.add(name, got[name], expected[name])
    errors = {name: distance.of(name) for name in tensors}
    if all(error is None for error in errors.values()):
        raise EngineError(f"{engine.folder}: it kept no tensor of its exported graph by its name")
    bars = _bars(boundaries, engine.recipe.precision, module, calls, tolerance)
    return [
        LayerError(layer=boundary.name, error=errors[boundary.tensor], bar=bar)
        for boundary, bar in zip(boundaries, bars, strict=True)
    ]


def _opened(engine: Manifest, tensors: Sequence[str], threads: int) -> Opened:
    source = EngineSource(
        component=engine.recipe.component,
        signature=engine.signature,
        folder=engine.folder,
        module=None,
        threads=threads,
    )
    opened: Opened = find_member("backends", engine.recipe.backend).open_up(source, tensors)
    return opened


def drawn_as(reference: Opened, call: Call) -> Call:
    """Return a call in which the engine must draw what the reference draws, so that all behind it can be compared."""
    return call if "forced" not in call else call | {"forced": reference.run(call)["tokens"]}


def _check_reference(reference: Opened, module: Any, calls: Iterable[Call]) -> None:
    """Raise EngineError where the exported graph does not give what eager gives."""
    distance = Distance()
    names = [spec.name for spec in module.signature().outputs]
    for call in calls:
        got, expected = reference.run(call), _eager(module, call)
        for name in names:
            if np.issubdtype(expected[name].dtype, np.floating):
                distance.add(name, got[name], expected[name])
            else:
                distance.add(name, got[name] != expected[name], np.zeros(1))
    for name in names:
        error = distance.of(name)
        if error is not None and not error <= TRUSTED:
            raise EngineError(f"the exported graph itself is not what eager gives: {name} (relative error {error:.2g})")


def _eager(module: Any, call: Call) -> dict[str, Array]:
    """Return the outputs of the component in PyTorch by name."""
    import torch

    with torch.inference_mode():
        results = module(*arguments(module, call))
    return {spec.name: tensor.numpy() for spec, tensor in zip(module.signature().outputs, results, strict=False)}


def arguments(module: Any, call: Call) -> list[Any]:
    """Return a call's tensors in the order in which the component takes them."""
    import torch

    signature = module.signature()
    names = [spec.name for spec in signature.inputs] + [f"state.{spec.name}" for spec in signature.state]
    return [torch.from_numpy(np.ascontiguousarray(call[name])) for name in names]


def _bars(
    boundaries: Sequence[Boundary], precision: str, module: Any, calls: Sequence[Call], tolerance: float | None
) -> list[float]:
    """Return the bar of each boundary; a layer whose rounding cannot be told has that of the layer before."""
    spread = spread_of(precision)
    if tolerance is not None or spread == "fp16":
        return [FLOAT_BAR if tolerance is None else tolerance] * len(boundaries)
    rounding = _rounding(module, calls, spread)
    bars: list[float] = []
    for boundary in boundaries:
        error = rounding.of((boundary.layer, boundary.call))
        before = bars[-1] if bars else FLOAT_BAR
        bars.append(before if error is None else max(FLOAT_BAR, ROUNDING_WIDTH * error))
    return bars


def _rounding(module: Any, calls: Iterable[Call], precision: str) -> Distance:
    """Return what a precision does to each layer of the reference, by its path and which call of it."""
    from josie_bench.model.fake_quantized import FakeQuantized
    from josie_bench.model.layer_outputs import layer_outputs

    rounded = FakeQuantized(module, precision)
    distance = Distance()
    for call in calls:
        tensors = arguments(module, call)
        expected = layer_outputs(module, partial(module, *tensors))
        got = layer_outputs(module, partial(rounded, *tensors))
        for key, tensor in expected.items():
            if key in got and got[key].shape == tensor.shape:
                distance.add(key, got[key].numpy(), tensor.numpy())
    return distance
