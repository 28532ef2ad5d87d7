"""`torch_tensorrt`: the traced component, cut by Torch-TensorRT into engines and what PyTorch runs between them.

The libraries `torch_tensorrt` (over TensorRT) and `torch_tensorrt_rtx` (over TensorRT-RTX) bring the same Python
module; whichever is installed is taken. It compiles on the GPU that is here. Without a GPU it cannot even be imported,
so versions are read from metadata, and it was written without one and never run: what was seen is how it would cut our
components (docs/engines.md).
"""

from __future__ import annotations

from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from zipfile import BadZipFile

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._cuda_driver import driver_cuda, gpu_here
from josie_bench.backends._device import GPU, Device, DeviceExecutable, Run, Tensors, lacks_gpu
from josie_bench.backends._graphs import compute
from josie_bench.backends._tensorrt import one_line
from josie_bench.backends._tensorrt_runtime import refuse_foreign
from josie_bench.backends._torch_profile import watched_on_gpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.terms.profile import window_profiles
from josie_bench.terms.signature import TensorSpec

SUMMARY = "Torch-TensorRT: engines and PyTorch between them, for the GPU that is here; never run by its authors"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
ON_GPU = True
HAS_PROFILES = True
OPTIONS: tuple[str, ...] = ()
IMPORTS: tuple[str, ...] = ("torch",)
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ("sm75", "sm80", "sm86", "sm89", "sm90", "sm100", "sm120")  # whichever of them is here
ENGINE_FILE = "engine.pt2"
# By library: PyTorch's minor version → the release made for it and the TensorRT it asks for, as its metadata says.
FITTING = {
    "torch_tensorrt": {
        "2.11": ("2.11.0", "tensorrt>=10.15.1,<10.16"),
        "2.12": ("2.12.0", "tensorrt>=10.16.1,<10.17"),
        "2.13": ("2.13.0", "tensorrt>=11.0.0,<11.1"),
        "2.14": ("2.14.0", "tensorrt>=11.1,<11.2"),
    },
    "torch_tensorrt_rtx": {
        "2.11": ("2.11.0", "tensorrt_rtx>=1.3.0.35"),
        "2.12": ("2.12.1", "tensorrt_rtx>=1.4.0.76,<1.5"),
        "2.13": ("2.13.0", "tensorrt_rtx>=1.5.0.114,<1.6"),
        "2.14": ("2.14.0", "tensorrt_rtx>=1.6.1.120,<1.7"),
    },
}
BELOW = {"torch_tensorrt": "tensorrt", "torch_tensorrt_rtx": "tensorrt_rtx"}  # whose plans its engines are


def unavailable() -> UnavailableError | None:
    """Return why its engines cannot be built and run here, or None; it is not imported for that."""
    return _misfit() or lacks_gpu()


def target_here() -> str | None:
    """Return the GPU that is here."""
    return gpu_here()


def driver(target: str) -> str | None:
    """Return which CUDA the driver knows that compiles for the GPU here; None where there is none."""
    return driver_cuda()


def cannot_build(target: str) -> UnavailableError | None:
    """Return why it cannot build here for one of TARGETS, or None."""
    reason, here = unavailable(), gpu_here()
    if reason is None and here != target:
        return UnavailableError(f"torch_tensorrt compiles on the GPU it is for, which here is {here}, not {target}")
    return reason


def versions() -> dict[str, str]:
    """Return the version of whichever library is installed, and of the TensorRT below it, by their names."""
    libraries = _libraries()
    below = {name: found for library in libraries if (found := _version(name := BELOW[library]))}
    return libraries | below


def _libraries() -> dict[str, str]:
    return {name: found for name in FITTING if (found := _version(name))}


def build(job: EngineJob, kind: str = GPU) -> dict[str, Any]:
    """Write `engine.pt2` for the GPU that is here; return how it was cut.

    TensorRT fixes one profile per engine here: from the shortest to the longest window, made fast for the one between.

    Returns:
        `engines`, how many there are, and `in_pytorch`, the operators that are left to PyTorch, counted by name.

    Raises:
        EngineError: the library cannot be imported, or it cannot compile the component.
    """
    library = _library()
    from torch.export.passes import move_to_device_pass

    specs = (*job.signature.inputs, *job.signature.state)
    shapes = [library.Input(**_range(job.component, spec)) for spec in specs]
    try:
        compiled = library.dynamo.compile(
            move_to_device_pass(job.program(), kind),
            arg_inputs=shapes,
            min_block_size=1,
            disable_tf32=True,  # FP32 is FP32, as in every other backend
            pass_through_build_failures=True,  # else what TensorRT refuses would be run by PyTorch, unsaid
        )
        library.save(compiled, str(job.folder / ENGINE_FILE), arg_inputs=shapes, retrace=False)
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        reason = _said(error)
        raise EngineError(f"torch_tensorrt cannot compile {job.component} {job.precision}: {reason}") from error
    return {"target": job.target, **how_cut(compiled)}


def load(source: EngineSource, kind: str = GPU) -> DeviceExecutable:
    """Return the engine, ready to run, with a step of each usual shape taken.

    Raises:
        EngineError: it was built for another GPU, or the library cannot load it.
    """
    assert source.folder is not None
    refuse_foreign(source.folder, gpu_here())
    _library()  # its operators are what the file is made of
    device = Device(kind)
    import torch

    torch.set_num_threads(source.threads)
    file = source.folder / ENGINE_FILE
    try:
        module = torch.export.load(file).module()
    except (BadZipFile, RuntimeError, ValueError) as error:
        raise EngineError(f"{file}: torch_tensorrt cannot load it: {_said(error)}") from error

    def bind(placed: Tensors, read: Tensors, written: Tensors) -> Run:
        return lambda: compute(module, source.signature, placed, read, written)

    executable = DeviceExecutable(source, device, bind)
    executable.warm_up()
    return executable


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))


def how_cut(compiled: Any) -> dict[str, Any]:
    """Return how many engines a compiled graph has, and which operators are left to PyTorch, counted by name.

    The library names an engine `_run_on_acc_N`, and a graph of what is left between two of them `_run_on_gpu_N`.
    """
    parts = dict(compiled.named_children())
    engines = [name for name in parts if name.startswith("_run_on_acc")]
    graphs = [compiled, *(part for name, part in parts.items() if name.startswith("_run_on_gpu"))]
    left = Counter(
        str(node.target)
        for part in graphs
        for node in part.graph.nodes
        if node.op == "call_function" and getattr(node.target, "__name__", "") != "getitem"
    )
    return {"engines": len(engines), "in_pytorch": dict(sorted(left.items()))}


def _range(component: str, spec: TensorSpec) -> dict[str, Any]:
    """Return a tensor's type and its least, usual and most shape over all windows."""
    import torch

    profiles = window_profiles(component)
    (least, _, _), (_, usual, _), (_, _, most) = (
        each.shapes(spec) for each in (profiles[0], profiles[len(profiles) // 2], profiles[-1])
    )
    kind = {"dtype": getattr(torch, spec.dtype), "name": spec.name}
    if least == most:
        return {"shape": most, **kind}
    return {"min_shape": least, "opt_shape": usual, "max_shape": most, **kind}


def _library() -> Any:
    """Return the library, imported.

    Raises:
        EngineError: it cannot be; it raises whatever it likes where a GPU or a library of its own is missing.
    """
    try:
        import torch_tensorrt
    except Exception as error:  # without libnvinfer it is a bare one
        raise EngineError(f"torch_tensorrt cannot be imported: {_said(error)}") from error
    return torch_tensorrt


def _misfit() -> UnavailableError | None:
    """Return why no library here fits this PyTorch, or None."""
    torch = _version("torch")
    if torch is None:
        return UnavailableError("torch is not installed", mend="pip install torch")
    minor = ".".join(torch.split(".")[:2])
    fitting = {name: releases[minor] for name, releases in FITTING.items() if minor in releases}
    if not fitting:
        known = ", ".join(FITTING["torch_tensorrt"])
        return UnavailableError(f"no torch_tensorrt is known that fits torch {torch}: those for {known} are")
    mend = ", or ".join(f"pip install {name}=={release} ({needs})" for name, (release, needs) in fitting.items())
    installed = _libraries()
    if not installed:
        return UnavailableError("torch_tensorrt is not installed", mend=mend)
    if not any(found.startswith(f"{minor}.") for found in installed.values()):
        there = " and ".join(f"{name} {found}" for name, found in installed.items())
        return UnavailableError(f"{there} does not fit torch {torch}", mend=mend)
    return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _said(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__
