"""`torch_tensorrt`: which of its versions fits this PyTorch, and nothing more; no component is compiled with it yet.

Importing it without a GPU or without libnvinfer raises, so it is never imported here: versions are read from metadata.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.errors import EngineError, UnavailableError

SUMMARY = "Torch-TensorRT: says which version fits this PyTorch; compiles nothing yet"
PRECISIONS = ("fp32", "fp16")
NEEDS_MODEL = True
IMPORTS: tuple[str, ...] = ()
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
# PyTorch's minor version → the version made for it and the TensorRT that it asks for, as its metadata says.
FITTING = {
    "2.11": ("2.11.0", "tensorrt>=10.15.1,<10.16"),
    "2.12": ("2.12.0", "tensorrt>=10.16.1,<10.17"),
    "2.13": ("2.13.0", "tensorrt>=11.0.0,<11.1"),
    "2.14": ("2.14.0", "tensorrt>=11.1,<11.2"),
}
NOT_WRITTEN = "compiling with torch_tensorrt is not written yet"


def unavailable() -> UnavailableError:
    """Return why it cannot be used: always, as compiling is not written; before that, what fits this PyTorch."""
    torch = _version("torch")
    if torch is None:
        return UnavailableError("torch is not installed", mend="pip install torch")
    minor = ".".join(torch.split(".")[:2])
    if minor not in FITTING:
        return UnavailableError(
            f"no torch_tensorrt is known that fits torch {torch}: those for {', '.join(FITTING)} are"
        )
    fitting, tensorrt = FITTING[minor]
    found = _version("torch_tensorrt")
    if found is None:
        install = f"pip install torch_tensorrt=={fitting}"
        return UnavailableError(f"torch_tensorrt is not installed, and {NOT_WRITTEN}", mend=f"{install} ({tensorrt})")
    if not found.startswith(f"{minor}."):
        return UnavailableError(
            f"torch_tensorrt {found} does not fit torch {torch}, and {NOT_WRITTEN}",
            mend=f"pip install torch_tensorrt=={fitting}",
        )
    return UnavailableError(NOT_WRITTEN)


def versions() -> dict[str, str]:
    """Return Torch-TensorRT's version."""
    return {"torch_tensorrt": version("torch_tensorrt")}


def build(job: EngineJob) -> NoReturn:
    """Refuse.

    Raises:
        EngineError: always.
    """
    raise EngineError(f"{job.component}: {NOT_WRITTEN}")


def load(source: EngineSource) -> NoReturn:
    """Refuse.

    Raises:
        EngineError: always.
    """
    raise EngineError(f"{source.component}: {NOT_WRITTEN}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
