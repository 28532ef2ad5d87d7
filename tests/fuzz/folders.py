"""What strangers hand us in several files: a run in a bundle, a fleet's parcel, a rater's sheet, recordings."""

from __future__ import annotations

import json
import shutil
import tarfile

import numpy as np

from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.corpora import open_folder
from josie_bench.corpora._verifying import leaks
from josie_bench.evidence.bundle import write_bundle
from josie_bench.evidence.identity import Identity
from josie_bench.evidence.manifest import differences, seal
from josie_bench.evidence.redaction import redaction_of
from josie_bench.evidence.reproduce import write_reproduce
from josie_bench.evidence.shareable import shareable
from josie_bench.evidence.vocabulary import own_words
from josie_bench.fleet import parcel
from josie_bench.fleet.lots import Lot
from josie_bench.reports import RunData, write_run
from josie_bench.reports._learning_page import to_html as learning_page
from josie_bench.reports._rating_sheet import SHEET, opinions, write_sheet
from josie_bench.terms.judged import Judged, JudgedItem
from josie_bench.terms.progress import Progress, curve_text, read_curve
from josie_bench.writing import write_whole
from tests.corpora.packaging import wav_of
from tests.fleet.in_process import SUITE, law_case, plan_for
from tests.fuzz.mutations import packed, unpacked
from tests.fuzz.pages import check_is_text
from tests.reports.sample_run import result

PAGES = (".html", ".md", ".xml")
NOBODY = Identity()
LOCK = "schema: josie-bench/suite.v1\nname: a\ncases:\n- name: a\n"
LOT = Lot(index=0, cases=(law_case("one", windows=20), law_case("two", windows=20, rounds=2)))
HEARD = tuple(
    JudgedItem(
        item=item, cluster="s", task="codec", media={"before.flac": item.encode(), "after.flac": b"x" + item.encode()}
    )
    for item in ("one", "two", "three")
)
OWN = b"".join(
    json.dumps({"audio": name, "text": f"Good {name}.", "language": "en", "speaker": who, "split": split}).encode()
    + b"\n"
    for name, who, split in (("a.wav", "anna", "test"), ("b/b.wav", "bert", "train"), ("b/c.wav", "bert", "valid"))
)
CURVE_LINES = [
    Progress(step=10, lr=0.5, losses={"text": 2.0, "say.text": 1.5}, elapsed_s=1.0),
    Progress(step=20, lr=0.25, losses={"text": 1.0, "say.text": 0.5}, elapsed_s=2.0, held_out={"words": 0.5}),
]
CURVE = curve_text(CURVE_LINES).encode()
RATED = RunData(result=result([]), judged={"a": Judged(tasks=("codec",), rows=HEARD)})


def measured(place):
    """Return a run of the lot."""
    state = new_run("suite", SUITE)
    run_cases(state, LOT.cases, plan_for(place))
    return RunData(result=state.result(), recordings=state.recordings)


def bundled(data, place):
    """Return a bundle of a run, unpacked."""
    run, home = place / "run", place / "home"
    write_run(data, run)
    write_reproduce(data.result, run)
    (run / "suite.lock.yaml").write_text(LOCK, encoding="utf-8")
    seal(run)
    bundle = write_bundle(run, NOBODY, max_bytes=2**30, output=place / "run.tar.gz")
    with tarfile.open(bundle.path) as archive:
        archive.extractall(home, filter="data")
    (inner,) = home.iterdir()
    return packed({file.name: file.read_bytes() for file in inner.iterdir()})


def read_bundle(file):
    """Do with it what is done with a run: verify, draw, hand on; whoever made it wrong may have sealed it too."""
    folder = file.parent / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in unpacked(file.read_bytes()).items():
        write_whole(folder / name, content)
    if differences(folder):
        seal(folder)
    found = shareable(folder, redaction_of(NOBODY, folder=folder, vocabulary=own_words()))
    check_is_text(*(part.decode() for name, part in found.files.items() if name.endswith(PAGES)))


def read_parcel(file):
    """Take it in as a fleet does."""
    folder = file.parent / "parcel"
    shutil.rmtree(folder, ignore_errors=True)
    parcel.check_parcel(parcel.unpacked(unpacked(file.read_bytes()), folder), LOT, SUITE)


def filled_sheet(place):
    """Return a sheet on which a rater gave every sample the same."""
    write_sheet(RATED, place, seed=1)
    return (place / SHEET).read_bytes().replace(b".flac,\n", b".flac,4\n")


def read_sheet(file):
    """Take it in as `josie-bench rate import` does."""
    opinions(RATED, [file])


def read_own(file):
    """Take it for the list of a corpus of one's own, as `josie-bench corpus verify` does, and hear all of it."""
    folder = file.parent / "own"
    (folder / "b").mkdir(parents=True, exist_ok=True)
    for name in ("a.wav", "b/b.wav", "b/c.wav"):
        (folder / name).write_bytes(wav_of(np.full(160, 0.25)))
    shutil.copy(file, folder / "transcripts.jsonl")
    opened = open_folder(folder)
    "".join(leaks([opened])).encode()
    for item in opened.items:
        assert len(opened.audio(item)) == 160


def draw_curve(file):
    """Draw it as `josie-bench train` does."""
    text = learning_page({"piece": read_curve(file)}, "recipe", "0")
    text.encode()
    check_is_text(text)
