"""Files as trees with line numbers; any bytes are an error of ours or a document, never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.errors import SuiteError
from josie_bench.suites.document import line_of, plain, read_document, refuse_unknown


def test_keys_know_their_lines(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("a: 1\n\nb:\n  c: 2\n")
    document, text = read_document(file)
    assert (line_of(document, "a"), line_of(document, "b"), line_of(document["b"], "c")) == (1, 3, 4)
    assert text.startswith("a: 1")
    assert plain(document) == {"a": 1, "b": {"c": 2}}


def test_an_unknown_key_without_a_near_one_lists_the_known(tmp_path):
    with pytest.raises(SuiteError, match="known are alpha, beta"):
        refuse_unknown({"zzz": 1}, ["beta", "alpha"], tmp_path, "key")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("bytes") / "t.yaml"
    file.write_bytes(data)
    try:
        read_document(file)
    except SuiteError as error:
        assert "\n" not in str(error)  # noqa: PT017  refusal is one of two right answers
