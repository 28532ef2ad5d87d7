"""What the supervising process tells a trial's process: a case, where the engines lie, where to write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from josie_bench.terms.beside import Beside
from josie_bench.terms.budget import Budget
from josie_bench.terms.capacity import Search
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.fault import Fault
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import ServiceLaw
from josie_bench.terms.turns import Turns
from josie_bench.writing import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One trial to run.

    Attributes:
        folder: holds the job file and takes what the trial writes.
        spawned_ns: when its process was asked for; 0 where nobody asked.
        supervisor: the process that asked; None where nobody did.
        trial: which of the case's trials it is, 0-based.
        items: the folder that keeps each item as soon as it is judged; None where nobody will go on with the trial.
    """

    case: Case
    engines: Path
    folder: Path
    spawned_ns: int = 0
    supervisor: int | None = None
    trial: int = 0
    items: Path | None = None


def write_job(job: Job) -> Path:
    """Write the job into its folder and return the file.

    Raises:
        OutputError: it cannot be written.
    """
    file = job.folder / "job.json"
    content = {
        "case": asdict(job.case),
        "engines": str(job.engines),
        "spawned_ns": job.spawned_ns,
        "supervisor": job.supervisor,
        "trial": job.trial,
        "items": None if job.items is None else str(job.items),
    }
    return write_whole(file, json.dumps(content).encode())


def read_job(file: Path) -> Job:
    """Return the job that `write_job` wrote."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return Job(
        case=case_from_json(data["case"]),
        engines=Path(data["engines"]),
        folder=file.parent,
        spawned_ns=int(data["spawned_ns"]),
        supervisor=data["supervisor"],
        trial=int(data["trial"]),
        items=None if data["items"] is None else Path(data["items"]),
    )


def case_from_json(told: Mapping[str, Any]) -> Case:
    """Return the case of which `dataclasses.asdict` made what came back as JSON."""
    case = dict(told)
    stream = case["stream"]
    case["engines"] = EngineChoice.from_json(case["engines"])
    case["model"] = ModelChoice.from_json(case["model"])
    case["beside"] = Beside(**case["beside"])
    case["conversation"] = Conversation(**case["conversation"])
    case["warm_up"] = WarmUp(**case["warm_up"])
    case["stream"] = StreamChoice(**stream | {"guests": tuple((name, choice) for name, choice in stream["guests"])})
    case["modalities"] = tuple(case["modalities"])
    case["gpu_memory"] = GpuReserve(**case["gpu_memory"])
    case["blocks"] = Blocks.from_json(case["blocks"])
    case["sessions"] = Sessions.from_json(case["sessions"])
    case["capacity"] = None if case["capacity"] is None else Search(**case["capacity"])
    case["budgets"] = tuple(Budget(**budget) for budget in case["budgets"])
    case["dropout"] = None if case["dropout"] is None else Dropout.from_json(case["dropout"])
    case["faults"] = tuple(Fault.from_json(fault) for fault in case["faults"])
    case["turns"] = None if case["turns"] is None else Turns(**case["turns"])
    case["judged"] = None if case["judged"] is None else JudgedChoice.from_json(case["judged"])
    case["simulated"] = None if case["simulated"] is None else ServiceLaw(**case["simulated"])
    return Case(**case)
