"""A job survives its way to the trial's process."""

from __future__ import annotations

from pathlib import Path

from josie_bench.bench.job import Job, read_job, write_job
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.simulated import ServiceLaw
from josie_bench.terms.turns import Turns


def test_a_case_comes_back_equal(tmp_path, make_case):
    budgets = (parse_budget("response_latency.p99.ci.high < 300 ms"), parse_budget("jitter.rfc3550 < 5 ms", "warn"))
    for law in (None, ServiceLaw(rho=0.5, stall_every=3)):
        turns = None if law is None else Turns(every_ms=700.0)
        reserve = GpuReserve() if law is None else GpuReserve(context=300, fragments=0.05)
        options = PlanOptions(refit=law is not None)
        engines = EngineChoice(backend="eager", apart=(("audio_decoder", "tensorrt_rtx", "fp16"),), options=options)
        case = make_case(
            budgets=budgets, token_budget=4, simulated=law, turns=turns, gpu_memory=reserve, engines=engines
        )
        job = Job(case=case, engines=Path("/somewhere"), folder=tmp_path, trial=2)
        assert read_job(write_job(job)) == job
