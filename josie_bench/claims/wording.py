"""What the paper's text says of itself: sections that are to come, references, experiments, code."""

from __future__ import annotations

from josie_bench.terms.claim import Claim, Reading

CLAIMS = (
    Claim(
        id="text.m_rope_results",
        section="5",
        statement="M-RoPE reaches the state of the art; the results follow in later sections",
        published="presented in the subsequent sections",
        kind="undefined",
        readings=(
            Reading(
                refuted_by=(
                    "no later section has a result of video classification, action recognition or any other vision "
                    "task; Table 1 has one row without M-RoPE and compares with no other model"
                )
            ),
        ),
    ),
    Claim(
        id="text.references",
        section="references",
        statement="the references name the works that the model is built on",
        published="[1] to [9]",
        kind="undefined",
        readings=(
            Reading(
                refuted_by=(
                    "[1] Moshi is by Défossez and others (arXiv 2410.00037), not by Zhang, and not at ICASSP; [2] "
                    "SpeechTokenizer is by Zhang and others; [3] Emu3 is arXiv 2409.18869, not 2311.10567; [4] "
                    "Qwen2.5-VL is arXiv 2502.13923 of 2025, not 2401.12345; [5] the template is called ChatML; [6] "
                    "RoFormer is of 2021; [7] SEANet is of Interspeech 2020; [8] Mimi comes from the Moshi paper, not "
                    "from one of its own"
                )
            ),
        ),
    ),
    Claim(
        id="text.experiments",
        section="5",
        statement="experiments on standard datasets were made",
        published="Experiments conducted on standard datasets",
        kind="undefined",
        readings=(
            Reading(untestable="no dataset, hardware, budget, seed or licence is named, and no weights are published"),
        ),
        note="Section 4 holds sentences of a writing assistant to the author.",
    ),
    Claim(
        id="text.code",
        section="code",
        statement="there is an implementation that the numbers come from",
        published="nothing: the paper names no code",
        kind="undefined",
        readings=(
            Reading(
                untestable=(
                    "the author's public prototype is another model (some 0.85 billion parameters, chunks of 250 ms), "
                    "and has neither weights nor a licence"
                )
            ),
        ),
    ),
)
