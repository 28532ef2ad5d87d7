"""The family: its members, and that reading the machine loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

from josie_bench.plugins import member_names


def test_the_family_is_found_by_its_files():
    names = ("gpu", "gpu_hold", "host", "latency", "memory", "parent", "peak", "processes", "processor")
    assert member_names("probes") == (*names, "vram", "vram_cap")


def test_probes_load_no_inference_library():
    code = (
        "import sys; from josie_bench.probes import gpu, host, latency, memory, processes, processor, vram, vram_cap; "
        "host.host_facts(); host.findings(); gpu.load_nvml(); vram.read_vram(); "
        "print(sorted({'torch', 'onnxruntime', 'tensorrt'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
