"""`inception`: the 2048 features of the Inception v3 of 2015 by which FID and KID compare sets of images."""

from __future__ import annotations

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, IMAGE_FEATURES, FeatureExtractor, Identity, missing_library
from josie_bench.evaluators._inception import IMPORTS, extractor, identity_of

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "Inception v3 of 2015: 2048 features of an image, for FID and KID"
KIND = IMAGE_FEATURES
FEATURES = 2048


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the features."""
    return identity_of("inception", FEATURES)


def open_judge() -> FeatureExtractor:
    """Return the extractor with its network loaded.

    Raises:
        UnavailableError: a library is missing, or the weights are others.
    """
    return extractor(FEATURES)
