"""A device that no machine needs to have: `standin`, beside `cpu` as a GPU is, with the CPU's own numbers.

Its tensors hold tensors of the CPU. Whatever reads both kinds at once, draws on the device, or takes its numbers out
without copying them ends in an error, as on a GPU or stricter. PyTorch can be told of such a device once in a process
and never back, so tests run it in one of their own: `tests.training.on_stand_in`.
"""

from __future__ import annotations

from collections import Counter

import torch
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "standin"
MOVES = {"aten::_to_copy", "aten::copy_"}
# What an autocast does on CUDA, of what could come here; on the CPU it narrows the same and widens nothing.
NARROWED = ("linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "conv1d", "conv_transpose1d")
WIDENED = ("exp", "log", "reciprocal", "rsqrt", "pow.Tensor_Scalar", "nll_loss", "softmax.int", "log_softmax.int")
WIDENED += ("cumsum", "prod", "prod.dim_int", "sum", "sum.dim_IntList", "linalg_vector_norm")


class Backend:
    """What PyTorch asks of a device."""

    def is_available(self):
        return True

    def is_initialized(self):
        return True

    def current_device(self):
        return 0

    def device_count(self):
        return 1

    def _is_in_bad_fork(self):
        return False

    def manual_seed_all(self, seed):
        """Nothing is drawn there."""

    def get_amp_supported_dtype(self):
        return [torch.bfloat16]


class There(torch.Tensor):
    """A tensor on the device; `held` has its numbers."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held):
        there = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), held.stride(), held.storage_offset(), dtype=held.dtype, device=torch.device(NAME, 0)
        )
        there.held = held
        return there

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return computed(func, args, kwargs or {})


class Apart(TorchDispatchMode):
    """Lets the device be, and counts what is computed where.

    Attributes:
        here, there: how often each operator ran on the CPU, and on the device.
    """

    def __init__(self):
        super().__init__()
        self.here, self.there = Counter(), Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        leaves = tree_leaves((args, kwargs))
        counted = self.there if any(isinstance(leaf, There) for leaf in leaves) else self.here
        counted[func._schema.name] += 1
        return computed(func, args, kwargs or {})


def computed(func, args, kwargs):
    """Return what an operator gives of tensors that lie together.

    Raises:
        RuntimeError: they do not, or the device is to draw.
    """
    leaves = tree_leaves((args, kwargs))
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, There)]
    name, device = func._schema.name, kwargs.get("device")
    is_there = bool(there) if device is None else device.type == NAME
    if is_there and torch.Tag.nondeterministic_seeded in func.tags:
        raise RuntimeError(f"{name}: draws on {NAME}")
    if there and name not in MOVES:
        may_be_here = torch.Tag.pointwise in func.tags  # a number, which a GPU takes too
        for tensor in tensors:
            if not isinstance(tensor, There) and not (may_be_here and tensor.ndim == 0):
                raise RuntimeError(f"{name}: a tensor {tuple(tensor.shape)} is on the CPU, another on {NAME}")
    given, named = tree_map(_held, args), tree_map(_held, kwargs)
    result = func(*given, **(named if device is None else named | {"device": "cpu"}))
    wrapped = {id(tensor.held): tensor for tensor in there}
    if there and torch.Tag.inplace_view in func.tags:  # the shell is turned as what it holds
        with no_dispatch():
            func(*args, **kwargs)
    if name == "aten::copy_":
        return args[0]
    return tree_map(lambda leaf: _wrapped(leaf, wrapped) if is_there else leaf, result)


def _held(leaf):
    return leaf.held if isinstance(leaf, There) else leaf


def _wrapped(leaf, wrapped):
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return wrapped[id(leaf)] if id(leaf) in wrapped else There(leaf)


def register():
    """Tell PyTorch of the device, and what an autocast does there; return it."""
    _setup_privateuseone_for_python_backend(rename=NAME, backend_module=Backend())
    torch.__future__.set_swap_module_params_on_conversion(True)  # parameters stay the same objects, as on a GPU
    rest = torch.library.Library("_", "IMPL", "AutocastPrivateUse1")
    rest.fallback(torch.library.fallthrough_kernel)
    library = torch.library.Library("aten", "IMPL", "AutocastPrivateUse1")
    for names, kind in ((NARROWED, torch.bfloat16), (WIDENED, torch.float32)):
        for name in names:
            library.impl(name, _cast(name, kind))
    kernels = torch.library.Library("aten", "IMPL", "PrivateUse1")
    kernels.impl("silu_backward", computed)  # CPU and CUDA have one, and who has none gets it in other steps
    return torch.device(NAME), (rest, library, kernels)


def _cast(name, kind):
    autocast = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)
    packet, _, overload = name.partition(".")
    operator = getattr(getattr(torch.ops.aten, packet), overload or "default")

    def cast(leaf):
        is_other = isinstance(leaf, torch.Tensor) and leaf.dtype in (torch.float32, torch.bfloat16)
        return leaf.to(kind) if is_other else leaf

    def run(*args, **kwargs):
        with torch._C._ExcludeDispatchKeyGuard(autocast):
            return operator(*tree_map(cast, args), **tree_map(cast, kwargs))

    return run
