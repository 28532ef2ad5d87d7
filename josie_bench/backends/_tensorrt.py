"""What `tensorrt` (10, 11) and `tensorrt_rtx` have in common: one Python API, handed in as the module `trt`.

A network is strongly typed: its precision is that of the exported graph, so nothing here chooses one. Weak typing, in
which TensorRT 10 chooses, has to be asked for. An engine has one profile for each length of window. No GPU was ever
used to write this: engines are built, none was run (and how they would be: `_tensorrt_runtime`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from josie_bench.backends import EngineJob
from josie_bench.errors import EngineError
from josie_bench.terms.plan_options import WEAK
from josie_bench.terms.profile import MOST_SESSIONS, Profile, window_profiles
from josie_bench.terms.signature import Signature, TensorSpec
from josie_bench.writing import write_whole

ENGINE_FILE = "engine.plan"
KEPT_WIDE = ("NORMALIZATION", "SOFTMAX", "REDUCE", "CUMULATIVE", "UNARY", "TOPK")  # as near as types of layers come
CONSTRAINTS = ("OBEY_PRECISION_CONSTRAINTS", "PREFER_PRECISION_CONSTRAINTS")
MOST_REASON = 300  # characters of a refusal; TensorRT's own can fill a screen


def build_plan(trt: Any, job: EngineJob, *, compute_capability: str | None) -> dict[str, Any]:
    """Write `engine.plan` and return what the manifest notes of it.

    Args:
        trt: the module `tensorrt` or `tensorrt_rtx`.
        job: with the graph at the engine's precision.
        compute_capability: the GPU to compile for, as `trt.ComputeCapability` names it; None for the one that is here.

    Raises:
        EngineError: the parser or the compiler refuses the graph.
    """
    assert job.graph is not None
    logger = make_logger(trt)
    builder = trt.Builder(logger)
    is_weak = job.options.typing == WEAK
    if is_weak and not hasattr(trt.BuilderFlag, "FP16"):
        what = f"{_place(job)}: weak typing is TensorRT 10's, and this is {trt.__name__} {trt.__version__}"
        raise EngineError(f"{what}: leave tensorrt.typing out")
    network = builder.create_network(0 if is_weak else _network_flags(trt))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(job.graph)):
        raise EngineError(refusal(job, "parser", [parser.get_error(index) for index in range(parser.num_errors)]))
    config = builder.create_builder_config()
    if compute_capability is not None:
        config.num_compute_capabilities = 1
        config.set_compute_capability(getattr(trt.ComputeCapability, compute_capability), 0)
    config.clear_flag(trt.BuilderFlag.TF32)  # FP32 is FP32, as in every other backend
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED  # else an engine says nothing of its layers' types
    _set_options(trt, config, job)
    if is_weak:
        _let_it_narrow(trt, config, network, job.precision)
    profiles = _add_profiles(builder, config, job)
    logger.complaints.clear()
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineError(refusal(job, "compiler", logger.complaints))
    (job.folder / ENGINE_FILE).write_bytes(bytes(plan))
    if job.timing_cache is not None:
        write_whole(job.timing_cache, bytes(config.get_timing_cache().serialize()))
    return {
        "status": "built, not run",
        "target": job.target,
        "versions": {trt.__name__: trt.__version__},
        "profiles": profiles,
        "layers": layer_counts(network),
    }


def refusal(job: EngineJob, who: str, complaints: list[Any]) -> str:
    """Return in one line which component, node and operator were refused, and why.

    Args:
        job: what was to be built.
        who: `parser` or `compiler`.
        complaints: the parser's errors, or the compiler's messages; the first is the cause.
    """
    place = _place(job)
    if not complaints:
        return f"{place}: the {who} refuses it without a reason"
    first = complaints[0]
    if isinstance(first, str):
        return f"{place}: the {who} refuses it: {one_line(first)}"
    return f"{place}: the {who} refuses node {first.node_name()} ({first.node_operator()}): {one_line(first.desc())}"


def _place(job: EngineJob) -> str:
    """Return which engine it is about, with the options that it was asked for."""
    options = " and ".join(name if value is True else f"{name} {value}" for name, value in job.options.told().items())
    return f"{job.component} {job.precision} for {job.target}{options and f' with {options}'}"


def layer_counts(network: Any) -> dict[str, dict[str, int]]:
    """Return how many layers of the network there are, by type and then by the type of their first output.

    These are the layers that were parsed. What the compiler makes of them can only be read from a loaded engine, which
    needs a GPU.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        kind = layer.get_output(0).dtype.name if layer.num_outputs else "none"
        counts[layer.type.name.lower(), kind.lower()] += 1
    found: dict[str, dict[str, int]] = {}
    for (name, kind), count in sorted(counts.items()):
        found.setdefault(name, {})[kind] = count
    return found


def graph_inputs(signature: Signature) -> list[tuple[str, TensorSpec]]:
    """Return the graph's inputs by the names that the exporter gave them."""
    return [(spec.name, spec) for spec in signature.inputs] + [(f"state.{spec.name}", spec) for spec in signature.state]


def graph_outputs(signature: Signature) -> list[tuple[str, TensorSpec]]:
    """Return the graph's outputs by the names that the exporter gave them."""
    return [(spec.name, spec) for spec in signature.outputs] + [(f"next.{spec.name}", spec) for spec in signature.state]


def plan_profiles(job: EngineJob) -> tuple[Profile, ...]:
    """Return an engine's profiles. One with slots is made fast for all of them: whoever steps, a step computes all."""
    return window_profiles(job.component, usual_sessions=MOST_SESSIONS if job.signature.has_slots else 1)


def _add_profiles(builder: Any, config: Any, job: EngineJob) -> dict[str, Any]:
    """Add one profile for each length of window; return them as the manifest notes them."""
    inputs = graph_inputs(job.signature)
    notes: dict[str, Any] = {}
    for profile in plan_profiles(job):
        shapes = builder.create_optimization_profile()
        for name, spec in inputs:
            shapes.set_shape(name, *profile.shapes(spec))
        if config.add_optimization_profile(shapes) < 0:
            raise EngineError(f"{_place(job)}: profile {profile.name} is refused")
        notes[profile.name] = profile.as_json([spec for _, spec in inputs])
    return notes


def _set_options(trt: Any, config: Any, job: EngineJob) -> None:
    """Set what the job's options ask for; typing is the network's.

    Raises:
        EngineError: the library makes no timing cache.
    """
    if job.options.refit:
        config.set_flag(trt.BuilderFlag.REFIT)
    if job.options.version_compatible:
        config.set_flag(trt.BuilderFlag.VERSION_COMPATIBLE)
    if job.timing_cache is None:
        return
    kept = job.timing_cache.read_bytes() if job.timing_cache.is_file() else b""
    for content in (kept, b""):  # what is damaged, or of another GPU, is begun anew
        cache = config.create_timing_cache(content)
        if cache is not None and config.set_timing_cache(cache, ignore_mismatch=False):
            return
    raise EngineError(f"{_place(job)}: {trt.__name__} makes no timing cache: leave tensorrt.timing_cache out")


def _let_it_narrow(trt: Any, config: Any, network: Any, precision: str) -> None:
    """Let the compiler take narrower numbers where they are quicker, but not where sums of many would lose them."""
    if precision == "fp32":
        return
    flags = trt.BuilderFlag
    config.set_flag(getattr(flags, precision.upper()))
    config.set_flag(next(getattr(flags, name) for name in CONSTRAINTS if hasattr(flags, name)))
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        if layer.type.name in KEPT_WIDE and layer.get_output(0).dtype == trt.DataType.FLOAT:
            layer.precision = trt.DataType.FLOAT


def _network_flags(trt: Any) -> int:
    """Return the flags of a strongly typed network; TensorRT 11 knows no other and may drop the flag."""
    strongly_typed = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if strongly_typed is None else 1 << int(strongly_typed)


def make_logger(trt: Any) -> Any:
    """Return a logger that keeps errors and prints nothing."""

    class Logger(trt.ILogger):  # type: ignore[misc]  # only the library's own class is called back
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.complaints: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                self.complaints.append(message)

    return Logger()


def one_line(text: str) -> str:
    """Return what TensorRT says on one line, cut where it would fill a screen."""
    return " ".join(text.split())[:MOST_REASON]
