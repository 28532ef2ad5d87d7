"""Where torch computes: the device is tried, and its FP32 made FP32."""

from __future__ import annotations

import pytest
import torch

from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._place import place_of
from josie_bench.errors import EngineError


@pytest.fixture
def tf32():
    """Let TF32 be on, and return who says so."""
    owners = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [owner.allow_tf32 for owner in owners]
    for owner in owners:
        owner.allow_tf32 = True
    yield owners
    for owner, was in zip(owners, before, strict=True):
        owner.allow_tf32 = was


def test_the_cpu_is_there_and_what_gpus_do_is_left_alone(tf32):
    assert place_of("cpu") == torch.device("cpu")
    assert all(owner.allow_tf32 for owner in tf32)


@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_a_gpu_that_torch_cannot_use_is_one_line_and_no_tf32_is_left(tf32):
    with pytest.raises(EngineError, match=r"^torch cannot use the GPU: ") as caught:
        place_of("cuda")
    assert "\n" not in str(caught.value)
    assert not any(owner.allow_tf32 for owner in tf32)
