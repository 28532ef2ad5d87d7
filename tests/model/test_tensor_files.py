"""Safetensors from anywhere: whatever the bytes are, they are read or refused in one line."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from josie_bench.errors import WeightsError
from josie_bench.model.tensor_files import TensorFiles, file_sha256, is_finite, shown, some

FEW = {"a": torch.tensor([[1.0, 2.0, 3.0]]), "b.weight": torch.ones(2, dtype=torch.bfloat16), "c": torch.zeros(())}


@pytest.fixture
def file(tmp_path):
    def write(tensors=FEW, name="model.safetensors"):
        save_file(tensors, tmp_path / name)
        return tmp_path / name

    return write


def read_all(file):
    """Read everything as an import would; return the error's one line, or None."""
    told = None
    try:
        source = TensorFiles([file])
        for key in source.headers:
            source.read(key)
    except WeightsError as error:
        told = str(error)
    assert told is None or "\n" not in told
    return told


def raw_file(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_headers_say_type_shape_and_count_without_reading(file):
    source = TensorFiles([file()])
    assert {key: (h.type_name, h.shape, h.number_count) for key, h in source.headers.items()} == {
        "a": ("F32", (1, 3), 3), "b.weight": ("BF16", (2,), 2), "c": ("F32", (), 1)
    }  # fmt: skip
    assert source.outline("a").device.type == "meta"
    assert source.read("a").tolist() == [[1, 2, 3]]
    assert source.read("b.weight").dtype == torch.bfloat16


def test_several_files_are_one_set_of_tensors(file):
    source = TensorFiles([file({"a": torch.zeros(1)}, "1.safetensors"), file({"b": torch.ones(1)}, "2.safetensors")])
    assert source.read("a").item() == 0
    assert source.read("b").item() == 1


def test_one_key_in_two_files_is_refused_with_both_names(file):
    pair = [file({"a": torch.zeros(1)}, "1.safetensors"), file({"a": torch.zeros(1)}, "2.safetensors")]
    with pytest.raises(WeightsError, match=r"2\.safetensors: holds a, as does .*1\.safetensors: name the one"):
        TensorFiles(pair)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "last.ckpt", "MODEL.PTH"])
def test_a_pickle_is_refused_by_its_name_before_it_is_opened(name, tmp_path):
    assert "a pickle can run code and is never read" in read_all(tmp_path / name)


def test_a_pickle_under_a_safetensors_name_is_refused(tmp_path):
    torch.save(FEW, tmp_path / "model.safetensors")
    assert "not a whole safetensors file" in read_all(tmp_path / "model.safetensors")


def test_what_is_no_file_is_refused(tmp_path):
    assert "model.safetensors: cannot be read: No such file" in read_all(tmp_path / "model.safetensors")
    assert "not a file" in read_all(tmp_path)
    os.mkfifo(tmp_path / "pipe.safetensors")
    assert "not a file" in read_all(tmp_path / "pipe.safetensors")
    (tmp_path / "empty.safetensors").touch()
    assert "not a whole safetensors file" in read_all(tmp_path / "empty.safetensors")


def test_a_link_is_as_good_as_the_file_and_a_broken_one_is_not(file, tmp_path):
    (tmp_path / "link.safetensors").symlink_to(file())
    (tmp_path / "broken.safetensors").symlink_to("gone")
    assert read_all(tmp_path / "link.safetensors") is None
    assert "No such file" in read_all(tmp_path / "broken.safetensors")


def test_a_file_that_may_not_be_read_is_refused(file, unprivileged_file):
    assert "Permission denied" in read_all(unprivileged_file)
    with pytest.raises(WeightsError, match="Permission denied"):
        file_sha256(unprivileged_file)


@pytest.fixture
def unprivileged_file(file, request):
    made = file()
    made.chmod(0)
    request.getfixturevalue("unprivileged")
    return made


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int64, torch.float8_e4m3fn, torch.float8_e5m2])
def test_quantised_numbers_are_refused_by_their_type(dtype, file):
    told = read_all(file({"w": torch.zeros(4).to(dtype)}))
    assert "w is of type " in told
    assert told.endswith("not one of F64, F32, F16, BF16: take unquantised weights")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_one_number_that_is_not_finite_is_refused(value, dtype, file):
    numbers = torch.zeros(5, dtype=dtype)
    numbers[3] = value
    assert "w holds NaN or infinity" in read_all(file({"w": numbers}))


def test_a_number_that_no_float32_holds_is_not_finite():
    assert is_finite(torch.tensor([1e38], dtype=torch.float64))
    assert not is_finite(torch.tensor([1e39], dtype=torch.float64))


def test_a_file_cut_anywhere_is_refused(file, tmp_path):
    whole = file().read_bytes()
    cut = tmp_path / "cut.safetensors"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        assert "not a whole safetensors file" in read_all(cut), length


def test_bytes_behind_the_end_are_refused(file):
    path = file()
    path.write_bytes(path.read_bytes() + b"\0")
    assert "not a whole safetensors file" in read_all(path)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xff",
        b'{"a":' * 5000,
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**63]}},
        {"a": {"dtype": "nonsense", "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"shape": [1]}},
        {"__metadata__": {"format": 3}},
    ],
)
def test_a_header_that_lies_is_refused(header, tmp_path):
    assert "not a whole safetensors file" in read_all(raw_file(tmp_path / "m.safetensors", header, b"\0\0\0\0"))


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    (tmp_path / "m.safetensors").write_bytes((2**63).to_bytes(8, "little") + b"{}")
    assert "not a whole safetensors file" in read_all(tmp_path / "m.safetensors")


def test_a_strange_key_is_shown_on_one_line(file):
    told = read_all(file({"two\nlines\x1b[31m": torch.zeros(1, dtype=torch.int8)}))
    assert r"'two\nlines\x1b[31m' is of type I8" in told


def test_keys_are_shown_short():
    assert shown("plain.weight") == "plain.weight"
    assert shown("") == "''"
    assert len(shown("k" * 1000)) == 121
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(["a", "b", "c", "d", "e"]) == "a, b, c, and 2 more"


def test_a_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert file_sha256(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_random_bytes_are_refused(content, tmp_path):
    (tmp_path / "noise.safetensors").write_bytes(content)
    assert read_all(tmp_path / "noise.safetensors") is not None or content[:8] == b"\x02" + 7 * b"\0"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_changed_bytes_is_read_or_refused_and_never_breaks(data, file, tmp_path):
    content = bytearray(file().read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "changed.safetensors").write_bytes(content)
    read_all(tmp_path / "changed.safetensors")
