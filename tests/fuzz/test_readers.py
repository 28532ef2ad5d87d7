"""What strangers hand us: each reader takes a file or refuses it with an error of ours, whatever is in it.

Every file begins as one of our own and is made wrong, `--fuzz-count` times for each reader (`nox -s fuzz`). Anything
but a value or a `JosieBenchError` fails, and the file that did it is kept. The counts are printed.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from safetensors.numpy import save_file

from josie_bench.bench.journal import line_of, read_records
from josie_bench.conformance.judged_items import judged_recording
from josie_bench.engines.inventory import look_at
from josie_bench.engines.manifest import MANIFEST_FILE, Manifest, Recipe, open_manifest, write_manifest
from josie_bench.errors import JosieBenchError
from josie_bench.evidence.manifest import MANIFEST, read_manifest, seal
from josie_bench.fleet import parcel
from josie_bench.model.safetensors_reader import opened
from josie_bench.reports import items, media, parquet, result
from josie_bench.reports._comparison_json import read as read_comparison
from josie_bench.reports._comparison_json import to_json
from josie_bench.suites.expand import expand
from josie_bench.suites.load import bundled_recipes, bundled_suites, load_suite
from josie_bench.suites.visits import read_visits
from josie_bench.terms.signature import Signature
from josie_bench.training.recipe import load_recipe
from tests.fuzz.folders import (
    CURVE,
    LOT,
    OWN,
    RATED,
    bundled,
    draw_curve,
    filled_sheet,
    measured,
    read_bundle,
    read_own,
    read_parcel,
    read_sheet,
)
from tests.fuzz.greetings import draw_joined, greeting, join
from tests.fuzz.mutations import (
    csv_made_wrong,
    file_made_wrong,
    json_made_wrong,
    line_made_wrong,
    name_made_wrong,
    packed,
    torn,
    yaml_made_wrong,
)
from tests.fuzz.pages import GOLDEN, NEWEST, PAGES
from tests.reports.comparisons import SAMPLE
from tests.reports.test_parity import ROWS

VISITS = b"place,start_s,end_s,hears,sees\n0,0,1.5,a.wav,\n1,0.25,3,,\n0,2,2.3,b.wav,c.mp4\n"
FILES = {"hears": ("a.wav", "b.wav"), "sees": ("c.mp4",)}
RECORDS = [{"kind": "trial", "case": "a", "index": number, "note": "x" * 40} for number in range(4)]
SHARES = {"bundle": 20, "parcel of a fleet": 5, "greeting of a fleet, drawn": 5} | {
    f"result.json, {how}": 5 for how in PAGES
}  # what draws all is tried the less often
SPEND_S = 20.0  # on a file of some kilobytes: what takes longer grows faster than the file


def under_name(name, read):
    """Return what lets `read` read a folder that holds a file under this name, and a run's tables."""

    def reads(file):
        folder = file.parent / "folder"
        shutil.copy(file, folder / name)
        read(folder)

    return reads


def read_suite(file):
    expand(load_suite(file))


def read_result(folder):
    """Read it, bring it to the present version, read that again and write it."""
    text = result.migrated(result.text_of(folder), folder)
    result.to_json(result.from_json(text, folder))


def read_engine(folder):
    """Read its manifest, and look at it as `engines` does."""
    open_manifest(folder)
    look_at(folder, is_thorough=True)


def read_tensors(file):
    with opened(file) as reader:
        for name in list(reader.keys()):
            reader.get_tensor(name)


READERS = {
    "suite": (read_suite, (torn, yaml_made_wrong)),
    "recipe": (load_recipe, (torn, yaml_made_wrong)),
    "result.json": (under_name("result.json", read_result), (torn, json_made_wrong)),
    **{f"result.json, {how}": (under_name("result.json", draw), (json_made_wrong,)) for how, draw in PAGES.items()},
    "comparison.json": (read_comparison, (torn, json_made_wrong)),
    "items.jsonl": (under_name("items.jsonl", items.read), (torn, line_made_wrong)),
    "windows.parquet": (under_name("windows.parquet", parquet.read), (torn,)),
    "media.zip": (under_name("media.zip", media.read), (torn,)),
    "bundle": (read_bundle, (file_made_wrong,)),
    "parcel of a fleet": (read_parcel, (file_made_wrong, file_made_wrong, name_made_wrong)),
    "greeting of a fleet": (join, (json_made_wrong,)),
    "greeting of a fleet, drawn": (draw_joined, (json_made_wrong,)),
    "visits": (lambda file: read_visits(file, hop_ms=300.0, files=FILES), (torn, csv_made_wrong)),
    "rating sheet": (read_sheet, (torn, csv_made_wrong)),
    "transcripts.jsonl": (read_own, (torn, line_made_wrong)),
    "curve.jsonl": (draw_curve, (torn, line_made_wrong)),
    "journal.jsonl": (lambda file: read_records(file.read_bytes(), file), (torn, line_made_wrong)),
    "manifest.sha256": (under_name(MANIFEST, read_manifest), (torn,)),
    "engine manifest": (under_name(MANIFEST_FILE, read_engine), (torn, json_made_wrong)),
    "safetensors": (read_tensors, (torn,)),
}


def engine_manifest(folder):
    """Return the manifest of an engine as it lies in a store."""
    folder.mkdir()
    (folder / "engine.bin").write_bytes(b"x")
    recipe = Recipe(
        component="audio_encoder", backend="eager", precision="fp32", target="cpu", made_of={"preset": "tiny"}
    )
    write_manifest(
        Manifest(
            recipe=recipe, signature=Signature(inputs=(), outputs=(), state=()), folder=folder, parameters=1,
            files={"engine.bin": {"bytes": 1, "sha256": "0" * 64}}, weights_sha256="0" * 64, notes={"a": [1]},
            built="2026-01-02T03:04:05+00:00", build_seconds=1.0,
        )
    )  # fmt: skip
    return (folder / MANIFEST_FILE).read_bytes()


def judged():
    """Return some rows of each task, with all that a row can hold."""
    whole = judged_recording().judged
    return replace(whole, rows=whole.rows[:8] + whole.rows[-200:-190])


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Return the folder of a run's three tables, of which one is made wrong."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def originals(tmp_path_factory, run_data, tables):
    """Return what each reader's files begin as."""
    folder = tmp_path_factory.mktemp("originals")
    items.write(replace(run_data, judged={"a": judged()}), folder)
    parquet.write(run_data, tables)
    media.write(RATED, folder)
    (folder / "result.json").write_text("{}")
    seal(folder)
    run = measured(tmp_path_factory.mktemp("run"))
    whole = replace(run, judged={LOT.cases[0].id: judged()}, parities={LOT.cases[0].id: ROWS})
    save_file({"a": np.ones((3, 4), np.float32), "b": np.zeros(2, np.float16)}, folder / "a.safetensors", {"x": "y"})
    return {
        "suite": [path.read_bytes() for path in bundled_suites()],
        "recipe": [path.read_bytes() for path in bundled_recipes()],
        "result.json": [path.read_bytes() for path in sorted(GOLDEN.glob("result-*.json"))],
        **{f"result.json, {how}": [NEWEST.read_bytes()] for how in PAGES},
        "comparison.json": [to_json(SAMPLE).encode()],
        "items.jsonl": [(folder / "items.jsonl").read_bytes()],
        "windows.parquet": [(tables / "windows.parquet").read_bytes()],
        "media.zip": [(folder / "media.zip").read_bytes()],
        "bundle": [bundled(whole, tmp_path_factory.mktemp("bundle"))],
        "parcel of a fleet": [packed(parcel.packed(whole))],
        "greeting of a fleet": [greeting()],
        "greeting of a fleet, drawn": [greeting()],
        "visits": [VISITS],
        "rating sheet": [filled_sheet(tmp_path_factory.mktemp("sheet"))],
        "transcripts.jsonl": [OWN],
        "curve.jsonl": [CURVE],
        "journal.jsonl": [b"".join(map(line_of, RECORDS))],
        "manifest.sha256": [(folder / MANIFEST).read_bytes()],
        "engine manifest": [engine_manifest(folder / "engine")],
        "safetensors": [(folder / "a.safetensors").read_bytes()],
    }


@pytest.mark.parametrize("name", READERS)
def test_what_is_made_wrong_is_read_or_refused_with_an_error_of_ours(
    name, originals, tables, tmp_path, request, capsys
):
    read, ways = READERS[name]
    count = request.config.getoption("--fuzz-count") // SHARES.get(name, 1)
    shutil.copytree(tables, tmp_path / "folder")
    (tmp_path / "folder" / "drawn").mkdir()
    counts: Counter[str] = Counter()
    draw = Random(f"fuzz {name}")
    for number in range(count):
        wrong = draw.choice(ways)(draw.choice(originals[name]), draw)
        file = tmp_path / "wrong.yaml"
        file.write_bytes(wrong)
        start = time.monotonic()
        try:
            read(file)
        except JosieBenchError as error:
            what = type(error).__name__
            counts[what if "\n" not in str(error).strip() else f"{what} in several lines"] += 1
        else:
            counts["read"] += 1
        assert time.monotonic() - start < SPEND_S, f"{name} {number}: {len(wrong)} bytes keep it busy"
    with capsys.disabled():  # printed, for the counts are what the session is run for
        print(f"\n{name}: {count} files: " + ", ".join(f"{count} {what}" for what, count in counts.most_common()))  # noqa: T201
    assert not any("several lines" in what for what in counts), counts


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_made_wrong_is_read(name, originals, tables, tmp_path):
    shutil.copytree(tables, tmp_path / "folder")
    (tmp_path / "folder" / "drawn").mkdir()
    for content in originals[name]:
        (tmp_path / "right.yaml").write_bytes(content)
        READERS[name][0](tmp_path / "right.yaml")
