"""Suites of one case as the tests of this folder write them."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save_file

from josie_bench.suites.expand import expand
from josie_bench.suites.load import load_suite
from josie_bench.suites.lock_file import lock, write_lock

HEAD = "schema: josie-bench/suite.v1\nname: t\ndefaults: {preset: tiny}\ncases:\n  - name: a\n"


def suite_of(folder, body, overrides=()):
    file = folder / "t.yaml"
    file.write_text(HEAD + body)
    return load_suite(file, overrides)


def cases_of(folder, body, overrides=()):
    return expand(suite_of(folder, body, overrides))


def cases_of_lock(folder, body, overrides=()):
    """Return the cases of a suite's lock."""
    suite = suite_of(folder, body)
    write_lock(lock(suite, expand(suite), folder), folder / "suite.lock.yaml")
    return expand(load_suite(folder / "suite.lock.yaml", overrides))


def ids(cases):
    return [case.id for case in cases]


def weights_file(file, value=0.0, preset="tiny"):
    """Write a file of weights as `josie-bench weights import` labels it."""
    label = {"format": "josie-bench/weights.v1", "preset": preset, "layout": "none", "source": "by hand", "files": {}}
    save_file({"x": np.full(1, value, np.float32)}, file, metadata={"josie-bench": json.dumps(label)})


GUEST = """
[josie_bench.model.components]
thermal_encoder = thermal_camera

[josie_bench.streams]
thermal = thermal_camera
"""
GUEST_MODULE = """
from josie_bench.model.sizes import GuestSizes

GUEST = GuestSizes(name="thermal", codebooks=2, card=32, ring=16)

def probe(choice):
    open(choice, "rb").close()
"""


def install_guest(folder, monkeypatch):
    """Install a package that brings the modality `thermal`."""
    info = folder / "thermal_camera-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thermal-camera\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(GUEST)
    (folder / "thermal_camera.py").write_text(GUEST_MODULE)
    monkeypatch.syspath_prepend(folder)
