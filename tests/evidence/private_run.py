"""A run's folder in which everything that comes from outside brought something private along."""

from __future__ import annotations

import json
from dataclasses import replace

from josie_bench.evidence.identity import Identity
from josie_bench.evidence.manifest import seal
from josie_bench.evidence.reproduce import write_reproduce
from josie_bench.reports import RunData, write_run
from josie_bench.terms.result import Dataset

TOKEN = "q7w8e9r0t1y2u3"
HOME = "/srv/people/mária"
IDENTITY = Identity(homes=(HOME,), users=("Mária Doe", "mária"), hosts=("whale42",), secrets=(TOKEN,))
PRIVATE = ("mária", "m\\u00e1ria", "/srv/", "/home/", "other-user", "whale42", TOKEN, "hf_abcdefghijklmnopqrstuvwx")
LOCK = f"""\
schema: josie-bench/suite.v1
name: of mária
cases:
- name: mária/eager-fp32/w300
  stream:
    speech: {HOME}/me.wav
    video: /srv/media/clip.mp4
"""


def private_run(run_data, folder):
    """Write the run into `folder` and seal it; return its result."""
    first, *others = run_data.result.cases
    named = replace(
        first,
        id="mária/eager-fp32/w300",
        reason=f"OSError: {HOME}/x.wav (all of it: {folder.resolve()}/trials/000/stderr.txt)",
        notes=[f"by Mária Doe on whale42 with {TOKEN}", "/home/other-user/y", "hf_abcdefghijklmnopqrstuvwx"],
        settings={"stream": {"speech": f"{HOME}/me.wav", "text": "mária says"}},
    )
    file = Dataset(modality="audio", name="mária.wav", sha256="0" * 64, license="user")
    result = replace(run_data.result, cases=[named, *others], datasets=[file])
    recordings = {named.id if name == first.id else name: series for name, series in run_data.recordings.items()}
    write_run(RunData(result=result, recordings=recordings, parities=run_data.parities), folder)
    write_reproduce(result, folder)
    (folder / "suite.lock.yaml").write_text(LOCK, encoding="utf-8")
    (folder / "journal.jsonl").write_text(json.dumps({"path": HOME, "who": ["mária"]}) + "\n" + '{"n": 1}\n')
    trial = folder / "trials" / "000"
    trial.mkdir(parents=True)
    (trial / "stderr.txt").write_text(f'File "{HOME}/a.py", line 1\nwhale42: {TOKEN}\n', encoding="utf-8")
    (trial / "recording.npz").write_bytes(HOME.encode())
    (trial / "broken.json").write_text("{")
    seal(folder)
    return result
