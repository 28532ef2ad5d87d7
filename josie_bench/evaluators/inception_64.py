"""`inception_64`: the 64 features behind the first pooling of the Inception v3 of 2015, for FID of few images.

A Fréchet distance takes more images than features. These tell edges, textures and colours and know nothing of what is
seen; a distance of them compares with none of the 2048 by which FID is usually told.
"""

from __future__ import annotations

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, IMAGE_FEATURES, FeatureExtractor, Identity, missing_library
from josie_bench.evaluators._inception import IMPORTS, extractor, identity_of

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "Inception v3 of 2015: 64 early features of an image, for FID of few images"
KIND = IMAGE_FEATURES
FEATURES = 64


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the features."""
    return identity_of("inception_64", FEATURES)


def open_judge() -> FeatureExtractor:
    """Return the extractor with its network loaded.

    Raises:
        UnavailableError: a library is missing, or the weights are others.
    """
    return extractor(FEATURES)
