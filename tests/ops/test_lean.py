"""Lean optimisers: torch's arithmetic and state to the bit, without its compiler."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ganwright.ops.lean import lean

KINDS: list[tuple[type[torch.optim.Optimizer], dict[str, Any]]] = [
    (torch.optim.Adam, {"betas": (0.5, 0.999), "fused": True}),
    (torch.optim.AdamW, {"weight_decay": 0.1, "fused": True}),
    (torch.optim.RMSprop, {"foreach": True}),
    (torch.optim.SGD, {"momentum": 0.9, "foreach": True}),
]


def trained(kind: type[torch.optim.Optimizer], options: dict[str, Any]) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    optimiser = kind(network[:2].parameters(), lr=0.01, **options)  # pyright: ignore[reportCallIssue]
    optimiser.add_param_group({"params": network[2:].parameters()})
    for _ in range(5):
        optimiser.zero_grad()
        network(torch.randn(4, 3)).square().mean().backward()
        optimiser.step()
    return network, optimiser


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=[kind.__name__ for kind, _ in KINDS])
def test_weights_and_state_equal_torchs_to_the_bit(kind: type[torch.optim.Optimizer], options: dict[str, Any]) -> None:
    (mine, my_state), (theirs, their_state) = trained(lean(kind), options), trained(kind, options)
    assert isinstance(my_state, kind)
    for name, weight in theirs.state_dict().items():
        assert torch.equal(mine.state_dict()[name], weight)
    found, expected = my_state.state_dict(), their_state.state_dict()
    assert found["param_groups"] == expected["param_groups"]
    for number, entries in expected["state"].items():
        assert found["state"][number].keys() == entries.keys()
        assert all(torch.equal(found["state"][number][name], entries[name]) for name in entries)
    again = lean(kind)(theirs.parameters(), lr=1.0, **options)  # pyright: ignore[reportCallIssue]
    again.add_param_group({"params": [nn.Parameter(torch.zeros(1))]})
    assert torch.is_grad_enabled()


def test_a_run_imports_neither_the_compiler_nor_scikit_learn(tmp_path: Path) -> None:
    """Each would take longer than the run."""
    program = f"""
import sys, ganwright as gw
gw.train("mlp", "digits", images=64, out={str(tmp_path / "run")!r}, options={{"batch_size": 16, "panel_size": 4}})
print({{"torch._dynamo", "sklearn", "scipy", "sympy", "onnx"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
