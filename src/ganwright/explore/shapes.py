"""The tensors that go through a network, and what each layer costs."""

from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

_HIDDEN = "parametrizations"


@dataclass(frozen=True)
class Layer:
    """One layer in the order of the forward pass.

    name: where it stands in the network; "" for what the network computes outside of its parts. kind: its class.
    input, output: shapes of one item, without the batch. num_parameters, multiply_adds: its own, for one item. A layer
    that is called several times stands once, with the work of all calls; one that is not called has no shapes.
    """

    name: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    num_parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Shapes:
    """The layers of a network, and their sums. multiply_adds count products in convolutions, linear maps, attention."""

    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    num_parameters: int
    multiply_adds: int
    layers: tuple[Layer, ...]

    def plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return asdict(self)


@dataclass
class _Seen:
    """A row in the making."""

    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...] = ()
    flops: int = 0


class _OneModule:
    """In place of torch's tracker of modules, which puts hooks on those of other threads too; rows have their own."""

    parents = frozenset({"Global"})

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


@dataclass
class _Watch:
    """Collects what the hooks see. stack: flops counted at the start of each call under way, and those of its rows."""

    counter: FlopCounterMode
    seen: dict[str, _Seen] = field(default_factory=dict)
    stack: list[list[int]] = field(default_factory=list)

    def enter(self, name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if name not in self.seen:
            self.seen[name] = _Seen(_kind(module), _shape(inputs))
        self.stack.append([self.counter.get_total_flops(), 0])

    def leave(self, name: str, output: Any) -> None:
        before, inside = self.stack.pop()
        spent = self.counter.get_total_flops() - before
        self.seen[name].flops += spent - inside
        self.seen[name].output = _shape((output,))
        if self.stack:
            self.stack[-1][1] += spent


def shapes(network: nn.Module, *inputs: Tensor | None) -> Shapes:
    """Send one batch through a network and note what goes through each layer.

    inputs: as its forward takes them, a batch of 1 where that is possible; on "meta" nothing is computed. What keeps
    the shape and has no parameters (activations) gets no row.
    """
    rows = {name: module for name, module in network.named_modules() if _is_row(name, module)}
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = _OneModule()  # pyright: ignore[reportAttributeAccessIssue]
    watch = _Watch(counter)
    handles = []
    for name, module in rows.items():
        handles.append(module.register_forward_pre_hook(lambda m, i, n=name: watch.enter(n, m, i)))
        handles.append(module.register_forward_hook(lambda m, i, o, n=name: watch.leave(n, o)))
    was_training, trained = network.training, [p for p in network.parameters() if p.requires_grad]
    network.eval().requires_grad_(False)  # torch's counter stumbles over parameters that are passed on as views
    try:
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
            output = network(*inputs)
    finally:
        network.train(was_training)
        for parameter in trained:
            parameter.requires_grad_(True)
        for handle in handles:
            handle.remove()
    num_items = next(len(i) for i in inputs if i is not None)
    own = _parameters_by_row(network, set(rows))
    layers = []
    for name, found in watch.seen.items():
        work = found.flops // 2 // num_items
        if name == "" and not own[name] and not work:
            continue
        if name == "" or own[name] or work or found.input != found.output:
            layers.append(Layer(name, found.kind, found.input, found.output, own[name], work))
    unused = [n for n in rows if n not in watch.seen and own[n]]
    layers += [Layer(name, _kind(rows[name]), (), (), own[name], 0) for name in unused]
    outermost = [layer for layer in layers if layer.name == ""]
    return Shapes(
        type(network).__name__,
        _shape(inputs),
        _shape((output,)),
        sum(p.numel() for p in network.parameters()),
        sum(layer.multiply_adds for layer in layers),
        tuple([layer for layer in layers if layer.name] + outermost),
    )


def _is_row(name: str, module: nn.Module) -> bool:
    if _HIDDEN in name.split("."):
        return False
    own = any(True for _ in module.parameters(recurse=False)) or hasattr(module, _HIDDEN)
    return own or name == "" or not any(True for _ in module.children())


def _parameters_by_row(network: nn.Module, rows: set[str]) -> dict[str, int]:
    """Each parameter counts for the innermost row that holds it."""
    found = dict.fromkeys(rows, 0)
    for name, parameter in network.named_parameters():
        owner = name.rpartition(".")[0]
        while owner not in rows:
            owner = owner.rpartition(".")[0]
        found[owner] += parameter.numel()
    return found


def _kind(module: nn.Module) -> str:
    return type(module).__name__.removeprefix("Parametrized")


def _shape(values: tuple[Any, ...]) -> tuple[int, ...]:
    first = next((v for v in values if isinstance(v, Tensor)), None)
    return () if first is None else tuple(first.shape[1:])
