"""Muon: steps are orthogonal, kernels are matrices, and small things are left to AdamW."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from josie_bench.training.muon import DECAY, ITERATIONS, NEWTON_SCHULZ, SCALE, Muon, optimizers, orthogonal


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def stepped(parameter, gradient, lr=0.01):
    parameter.grad = gradient
    Muon([parameter], lr).step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(64, 96), (96, 64), (64, 64)])
def test_an_orthogonal_matrix_has_the_singular_vectors_and_values_near_one(shape, draw):
    matrix = torch.randn(shape, generator=draw)
    found = orthogonal(matrix)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    values = (left.T @ found @ right.T).diagonal()
    assert found.dtype == torch.float32
    # The quintic of the publication ends between 0.68 and 1.13; the least value of a square matrix begins near 0.
    assert values.median() == pytest.approx(0.9, abs=0.2)
    assert values.max() < 1.3
    assert values[:-8].min() > 0.6
    assert (found - left @ values.diag() @ right).norm() < 0.1 * found.norm()


def test_a_tall_matrix_is_treated_as_its_transpose(draw):
    matrix = torch.randn(96, 64, generator=draw)
    assert torch.equal(orthogonal(matrix), orthogonal(matrix.T).T)


def test_no_gradient_is_orthogonal_to_everything():
    assert torch.equal(orthogonal(torch.zeros(64, 64)), torch.zeros(64, 64))


def test_a_first_step_goes_along_the_gradient_by_the_longer_side():
    value = 1 / 64**0.5  # of the identity, divided by its norm
    for _ in range(ITERATIONS):
        first, second, third = NEWTON_SCHULZ
        value = first * value + second * value**3 + third * value**5
    moved = stepped(nn.Parameter(torch.zeros(64, 64)), 3.0 * torch.eye(64))
    assert moved.diagonal() == pytest.approx(-0.01 * SCALE * 8 * value, rel=0.02)
    assert (moved - moved.diagonal().diag()).abs().max() == 0


def test_weights_without_a_gradient_to_follow_decay():
    assert stepped(nn.Parameter(torch.ones(64, 64)), torch.zeros(64, 64), lr=0.1) == pytest.approx(1 - 0.1 * DECAY)


def test_a_kernel_moves_as_the_matrix_of_its_rows(draw):
    kernel = torch.randn(64, 16, 4, generator=draw)
    as_kernel = stepped(nn.Parameter(torch.zeros(64, 16, 4)), kernel)
    as_matrix = stepped(nn.Parameter(torch.zeros(64, 64)), kernel.flatten(1))
    assert torch.equal(as_kernel.flatten(1), as_matrix)


def test_momentum_lasts():
    parameter = nn.Parameter(torch.zeros(64, 64))
    muon = Muon([parameter], 0.01)
    parameter.grad = torch.eye(64)
    muon.step()
    parameter.grad = torch.zeros(64, 64)
    before = parameter.detach().clone()
    muon.step()
    assert (parameter.detach() - before).diagonal().max() < 0


def test_what_has_no_gradient_stays():
    parameter = nn.Parameter(torch.ones(64, 64))
    Muon([parameter], 0.01).step()
    assert torch.equal(parameter.detach(), torch.ones(64, 64))


def test_large_matrices_go_to_muon_and_all_else_that_learns_to_adamw():
    module = nn.ModuleDict({
        "wide": nn.Linear(64, 48),
        "narrow": nn.Linear(64, 47),
        "kernel": nn.Conv1d(16, 64, 3, bias=False),  # 64 rows of 48
        "thin": nn.Conv1d(15, 64, 3, bias=False),  # 64 rows of 45
        "frozen": nn.Linear(64, 64).requires_grad_(requires_grad=False),
    })  # fmt: skip
    name_of = {parameter: name for name, parameter in module.named_parameters()}
    adam, muon = optimizers(module, 0.1)
    names = [{name_of[parameter] for parameter in found.param_groups[0]["params"]} for found in (adam, muon)]
    assert isinstance(adam, torch.optim.AdamW)
    assert names == [{"wide.bias", "narrow.weight", "narrow.bias", "thin.weight"}, {"wide.weight", "kernel.weight"}]


def test_there_is_no_optimiser_of_nothing():
    (adam,) = optimizers(nn.Linear(4, 4), 0.1)
    (muon,) = optimizers(nn.Linear(64, 64, bias=False), 0.1)
    assert (type(adam), type(muon)) == (torch.optim.AdamW, Muon)


def test_a_quadratic_goes_down(draw):
    target = 0.1 * torch.randn(64, 64, generator=draw)
    parameter = nn.Parameter(torch.zeros(64, 64))
    muon = Muon([parameter], 0.01)
    distances = []
    for _ in range(60):
        muon.zero_grad()
        loss = (parameter - target).square().sum()
        loss.backward()
        muon.step()
        distances.append(loss.item())
    assert distances[-1] < 0.05 * distances[0]  # 64 directions, each within a step of 0.064: 0.6 % at least
