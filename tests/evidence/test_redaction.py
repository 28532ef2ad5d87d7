"""What is private does not stay in a text, and what is not does."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.evidence.identity import Identity
from josie_bench.evidence.redaction import HOST, SECRET, USER, redaction_of

HOME, KEY = "/srv/people/maria", "s3cr3t/+value"
WHO = Identity(homes=(HOME,), users=("maria", "Maria Doe"), hosts=("whale42",), secrets=(KEY,))
RUN = Path("/srv/people/maria/reports/realtime/20261123T071500Z-3f9a")
REDACTION = redaction_of(WHO, folder=RUN, keep=["maria/eager-fp32/w300"], vocabulary={"audio"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"(all of it: {RUN}/trials/000/stderr.txt)", "(all of it: ./trials/000/stderr.txt)"),
        ("/srv/people/maria/media/me.wav: no sound", "~/media/me.wav: no sound"),
        ("/srv/people/maria", "~"),
        ("PATH=/srv/people/maria/bin:/srv/people/maria/x", "PATH=~/bin:~/x"),
        ("/srv/people/mariana/x.wav", "…/x.wav"),
        ("File '/home/other/lib/x.py', line 3", "File '~/lib/x.py', line 3"),
        ("file:///Users/other/x", "file://~/x"),
        ("/opt/python/lib/speech.py:14: bad", "…/speech.py:14: bad"),
        ("/data/maria", f"…/{USER}"),
        ("//srv/people/maria/srv/people/maria", f"…/{USER}"),
        ("in /data/clips/ there", "in …/ there"),
        ("Permission denied: maria", f"Permission denied: {USER}"),
        ("stream.speech=_home_maria_me.wav", f"stream.speech=_home_{USER}_me.wav"),
        ("by Maria Doe on whale42.", f"by {USER} on {HOST}."),
        ("mail maria@example.org now", f"mail {USER} now"),
        ("token=s3cr3t/+value.", f"token={SECRET}."),
        ("https://me:pass@host.example/x", f"https://{SECRET}@host.example/x"),
        ("hf_abcdefghijklmnopqrstuvwx", SECRET),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", SECRET),
    ],
)  # fmt: skip
def test_what_is_private_is_replaced(text, expected):
    assert REDACTION.text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "maria/eager-fp32/w300",
        "gated but not measured: maria/eager-fp32/w300",
        "realtime/eager-fp32/w300/h100",
        "https://ui.perfetto.dev/a/b/c",
        "../../media/clip.wav and ~/x/y.wav",
        "marianne, submarian and whale421",
        "1/min, n/a, 24 / 7, a</b></i>",
        "pip install 'josie-bench[onnx]'",
        "0" * 64,
        "CPython 3.11.7 · AMD EPYC",
        "no RAPL counters in /sys/class/powercap",
    ],
)
def test_what_is_not_private_stays(text):
    assert REDACTION.text(text) == text


def test_a_name_that_is_a_word_of_ours_stays():
    redaction = redaction_of(Identity(users=("audio",), hosts=("audio",)), vocabulary={"audio"})
    assert redaction.text("audio of audio") == "audio of audio"


def test_all_texts_of_a_decoded_json_are_redacted_and_nothing_else():
    value = {"maria": ["maria", {"x": "/srv/people/maria/y"}], "n": [1, 2.5, None, True]}
    assert REDACTION.value(value) == {USER: [USER, {"x": "~/y"}], "n": [1, 2.5, None, True]}


def test_a_name_that_stands_in_what_replaces_it_is_replaced_once():
    redaction = redaction_of(Identity(users=("user", "redacted"), hosts=("host",)))
    assert redaction.text("user redacted@host") == f"{USER} {USER}@{HOST}"


PIECES = st.one_of(
    st.sampled_from([HOME, KEY, "maria", "whale42", "/", " ", "_", ".", ":", "=", "'", '"', "~", "…", "\n"]),
    st.text(string.ascii_letters + string.digits, max_size=3),
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_text_keeps_a_home_or_a_secret_and_redacting_twice_changes_nothing(text):
    redaction = redaction_of(WHO)
    once = redaction.text(text)
    assert KEY not in once
    assert f" {HOME} " not in once
    assert redaction.text(once) == once
