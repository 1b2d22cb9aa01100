"""safetensors: the generator's weights, with all that is known of it in the header. Exact, and needs torch to run."""

from functools import partial
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.export.about import KEY, About, hash_of, read_about
from ganwright.export.calls import call
from ganwright.export.format import Format, Make
from ganwright.networks import GENERATORS
from ganwright.networks.base import Generator


def write(generator: Generator, about: About, path: Path) -> None:
    """Write the state of a generator."""
    state = {name: t.detach().cpu().contiguous().clone() for name, t in generator.state_dict().items()}
    try:
        safetensors.torch.save_file(state, path, about.entries())
    except safetensors.SafetensorError as error:  # its way to report a full disk
        raise OSError(str(error)) from error


def read(path: Path) -> tuple[About, Make]:
    """Build the network that the header describes and give it its weights."""
    about, generator = read_generator(path)
    return about, partial(call, generator)


def read_generator(path: Path) -> tuple[About, Generator]:
    """The network itself, in evaluation mode and frozen. Raises UserError where the file is damaged or no such file."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {str(error).splitlines()[0]}; export the run again") from error
    about = read_about(text, path)
    if hash_of(tensors) != about.weights_sha256:
        raise UserError(f"{path} is damaged: its weights do not match their hash; export the run again")
    config = look_up(GENERATORS, about.kind, f"kind of generator in {path}").parse(about.generator, str(path))
    with torch.random.fork_rng(devices=[]):
        generator = config.build(about.spec)
    try:
        generator.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise UserError(f"{path} does not fit this version of ganwright: {reason}; export the run again") from error
    return about, generator.eval().requires_grad_(False)


FORMAT = Format(".safetensors", "weights and config; for Python with torch and ganwright", write, read)
