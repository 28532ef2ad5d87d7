"""GPUs: memory as their driver tells it, bandwidth and peak of matrix products as their makers publish them.

The memory is nvidia-smi's total, as its output for these cards is published: makers round, and what ECC keeps is gone
from it (24 GB of an L4 are 22.5 GiB). Of an A100 driver 470 told 81,251 MiB; newer ones tell what stands here.
The peak is dense (without sparsity) FP16 with sums in FP32; GeForce cards run that at half their FP16 rate. From
NVIDIA's Ada and Hopper architecture whitepapers and the data sheets of L4, A100, H100 and H200.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name

MIB = 2**20
GIB = 2**30
GB = 10**9
TFLOPS = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One GPU."""

    name: str
    memory_mib: int
    bandwidth_gb_per_s: float
    fp16_tflops: float

    @property
    def memory_bytes(self) -> int:
        """Return its memory in bytes."""
        return self.memory_mib * MIB

    @property
    def memory_gib(self) -> float:
        """Return its memory in GiB."""
        return self.memory_bytes / GIB

    @property
    def bytes_per_s(self) -> float:
        """Return the bytes it reads in a second at most."""
        return self.bandwidth_gb_per_s * GB

    @property
    def flops_per_s(self) -> float:
        """Return the floating-point operations it does in a second at most."""
        return self.fp16_tflops * TFLOPS


ACCELERATORS = (
    Accelerator(name="RTX 4060", memory_mib=8188, bandwidth_gb_per_s=272, fp16_tflops=30.2),
    Accelerator(name="L4", memory_mib=23034, bandwidth_gb_per_s=300, fp16_tflops=121),
    Accelerator(name="RTX 4090", memory_mib=24564, bandwidth_gb_per_s=1008, fp16_tflops=165.2),
    Accelerator(name="A100 80 GB", memory_mib=81920, bandwidth_gb_per_s=2039, fp16_tflops=312),
    Accelerator(name="H100 SXM", memory_mib=81559, bandwidth_gb_per_s=3350, fp16_tflops=989),
    Accelerator(name="H200", memory_mib=143771, bandwidth_gb_per_s=4800, fp16_tflops=989),
)

# What drivers call them, as NVML tells. Cards of like names, a laptop's or those on PCIe, have figures of their own.
DRIVER_NAMES = {
    "NVIDIA GeForce RTX 4060": "RTX 4060",
    "NVIDIA L4": "L4",
    "NVIDIA GeForce RTX 4090": "RTX 4090",
    "NVIDIA A100-SXM4-80GB": "A100 80 GB",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H200": "H200",
}


def accelerator_of(driver_name: str) -> Accelerator | None:
    """Return the GPU that a driver calls so; None for one whose figures are not here."""
    return next((gpu for gpu in ACCELERATORS if gpu.name == DRIVER_NAMES.get(driver_name)), None)


def find_accelerator(name: str) -> Accelerator:
    """Return the GPU of this name, however it is spaced and capitalised.

    Raises:
        UsageError: there is none; the message names those that are near.
    """
    for gpu in ACCELERATORS:
        if _letters(gpu.name) == _letters(name):
            return gpu
    told = unknown_name("GPU", name, [gpu.name for gpu in ACCELERATORS], near=_near(_letters(name)))
    raise UsageError(f"{told} (a size such as 8 GiB will do too)")


def numbered(number: str) -> list[str]:
    """Return the names of GPUs that have this whole number in them."""
    return [gpu.name for gpu in ACCELERATORS if number in re.findall(r"\d+", gpu.name)]


def _near(letters: str) -> list[str]:
    """Return the names that hold these letters as they stand, or else those that are spelled alike."""
    names = {_letters(gpu.name): gpu.name for gpu in ACCELERATORS}
    holding = [known for known in names if letters and letters in known]
    return [names[known] for known in holding or difflib.get_close_matches(letters, names)]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
