"""Norms against torch's own, and at 16 bits against themselves in FP32."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from josie_bench.model.layers.norms import at_least_fp32, make_norm


def test_norms_are_torch_s():
    x = torch.randn(3, 4)
    torch.testing.assert_close(make_norm("rms", 4)(x), F.rms_norm(x, (4,), eps=1e-6))
    torch.testing.assert_close(make_norm("layer", 4)(x), F.layer_norm(x, (4,), eps=1e-5))
    assert make_norm("none", 4)(x) is x


@pytest.mark.parametrize("kind", ["rms", "layer"])
def test_a_narrow_norm_does_not_overflow(kind):
    """300² does not fit into FP16."""
    norm = make_norm(kind, 64).half()
    x = (300.0 * torch.randn(2, 64)).half()
    assert torch.isfinite(norm(x)).all()
    assert norm(x).dtype == torch.float16
    torch.testing.assert_close(norm(x).float(), make_norm(kind, 64)(x.float()), atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize(("given", "wide"), [("float16", "float32"), ("float32", "float32"), ("float64", "float64")])
def test_what_is_wide_stays(given, wide):
    assert at_least_fp32(torch.zeros(1, dtype=getattr(torch, given))).dtype == getattr(torch, wide)
