"""Targets are read with the near name for a typo, and what a backend cannot build for is said at once."""

from __future__ import annotations

import pytest

from josie_bench.engines.targets import GPUS, check_buildable, read_targets
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.plugins import find_member, member_names

BUILDERS = [name for name in member_names("backends") if find_member("backends", name).TARGETS]


def test_targets_are_read_once_each_in_order():
    assert read_targets("sm89, sm80,sm89") == ("sm89", "sm80")


@pytest.mark.parametrize(("word", "said"), [("sm8O", "did you mean 'sm8"), ("hopper", "known are"), ("", "known are")])
def test_a_target_that_is_no_gpu_is_said(word, said):
    with pytest.raises(UsageError, match=said):
        read_targets(word)


def test_rtx_has_no_sm90_and_says_so():
    with pytest.raises(
        UsageError, match=r"tensorrt_rtx compiles for no sm90 \(H100, H200\): its targets are sm75, sm80"
    ):
        check_buildable("tensorrt_rtx", "fp16", ["sm80", "sm90"])


def test_a_backend_for_this_machine_only_names_those_for_others():
    with pytest.raises(UsageError, match=r"eager builds for no named GPU: add --backend with one of .*tensorrt_rtx"):
        check_buildable("eager", "fp32", ["sm80"])


def test_an_unknown_precision_lists_the_known():
    with pytest.raises(UsageError, match="has no precision 'fp4': it has fp32, fp16, bf16, int8"):
        check_buildable("tensorrt_rtx", "fp4", ["sm80"])


def test_an_absent_library_is_a_reason_with_its_install_line(monkeypatch):
    member = find_member("backends", "tensorrt_rtx")
    monkeypatch.setattr(member.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"tensorrt_rtx is not installed: pip install 'josie-bench\[onnx,rtx\]'"):
        check_buildable("tensorrt_rtx", "fp16", ["sm80"])


@pytest.mark.parametrize("backend", BUILDERS)
def test_every_target_of_a_backend_is_a_known_gpu(backend):
    assert set(find_member("backends", backend).TARGETS) <= set(GPUS)
