"""A TensorRT that builds nothing and keeps what it was asked for: releases 10 and 11, as NVIDIA documents them.

What it shares with TensorRT-RTX `test_tensorrt.py` holds against the real module; weak typing nobody here ever saw.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from types import SimpleNamespace

from tests.backends.fake_tensorrt import ILogger

DataType = Enum("DataType", ["FLOAT", "HALF", "INT64"])
COMMON = ["REFIT", "TF32", "VERSION_COMPATIBLE"]
OF_10 = ["FP16", "BF16", "INT8", "FP8", "OBEY_PRECISION_CONSTRAINTS", "PREFER_PRECISION_CONSTRAINTS"]


class ILayer:
    """A layer with one output."""

    num_outputs = 1

    def __init__(self, kind, dtype):
        self.type = SimpleNamespace(name=kind)
        self._output = SimpleNamespace(dtype=DataType[dtype])
        self.precision = None

    def get_output(self, index):
        return self._output


class INetworkDefinition:
    """Layers, and how it is typed."""

    def __init__(self, flags, layers):
        self.flags, self._layers = flags, layers
        self.num_layers = len(layers)

    def get_layer(self, index):
        return self._layers[index]


class ITimingCache:
    """Bytes that fit or do not."""

    def __init__(self, content):
        self.content = content

    def serialize(self):
        return self.content + b"+timed"


class IBuilderConfig:
    """What a build is asked for."""

    def __init__(self):
        self.flags, self.profiling_verbosity = {"TF32"}, None
        self._cache = None

    def set_flag(self, flag):
        self.flags.add(flag.name)

    def clear_flag(self, flag):
        self.flags.discard(flag.name)

    def add_optimization_profile(self, profile):
        return 0

    def create_timing_cache(self, serialized_timing_cache):
        return None if serialized_timing_cache == b"damaged" else ITimingCache(serialized_timing_cache)

    def set_timing_cache(self, cache, ignore_mismatch):
        assert not ignore_mismatch
        if cache.content.startswith(b"other GPU"):
            return False
        self._cache = cache
        return True

    def get_timing_cache(self):
        return self._cache


def fake_builder(release, layers=()):
    """Return a module `tensorrt` of a release, and the networks and configurations that it was asked for.

    Args:
        release: `10.13.2` or `11.4.0`.
        layers: (type, type of its output) of those that the parser finds.
    """
    networks, configs = [], []

    class Builder:
        def __init__(self, logger):
            pass

        def create_network(self, flags):
            networks.append(INetworkDefinition(flags, [ILayer(*layer) for layer in layers]))
            return networks[-1]

        def create_builder_config(self):
            configs.append(IBuilderConfig())
            return configs[-1]

        def create_optimization_profile(self):
            return SimpleNamespace(set_shape=lambda *shapes: None)

        def build_serialized_network(self, network, config):
            return b"plan"

    module = SimpleNamespace(
        __name__="tensorrt", __version__=release, ILogger=ILogger, Builder=Builder, DataType=DataType,
        OnnxParser=lambda network, logger: SimpleNamespace(parse_from_file=lambda path: True),
        BuilderFlag=IntEnum("BuilderFlag", COMMON + (OF_10 if release.startswith("10.") else [])),
        ProfilingVerbosity=SimpleNamespace(DETAILED="detailed"),
        NetworkDefinitionCreationFlag=IntEnum("NetworkDefinitionCreationFlag", {"STRONGLY_TYPED": 1}),
    )  # fmt: skip
    return module, networks, configs
