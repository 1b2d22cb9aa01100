"""ONNX: a graph that any program with an ONNX runtime can run, Python or not."""

import contextlib
import gc
import logging
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.export.about import KEY, About, read_about
from ganwright.export.calls import Traceable, told, trace
from ganwright.export.format import Format, Make
from ganwright.networks.base import Generator

OPSET = 18
OUTPUT = "images"
_WRITING, _RUNNING = ("onnx", "onnxscript", "onnxruntime"), ("onnxruntime",)


def write(generator: Generator, about: About, path: Path) -> None:
    """Write the graph, its weights inside, through torch's exporter.

    Inputs that may be left out (truncation, maps of noise) have their usual value inside the file. Raises UserError
    without the packages of the extra `onnx`, and for a generator of more than 2 GB.
    """
    _demand(_WRITING)
    size = sum(t.numel() * t.element_size() for t in generator.state_dict().values())
    if size > 2**31 - 2**20:
        raise UserError(f"the generator has {size / 1e9:.1f} GB of weights, ONNX files hold 2 GB; use --to safetensors")
    with _quiet():
        program, traceable = trace(generator)
        made = _converted(program, traceable)
        _finish(made.model, traceable, about)
        made.save(str(path), external_data=False)


def _converted(program: torch.export.ExportedProgram, traceable: Traceable) -> torch.onnx.ONNXProgram:
    try:
        made = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=OPSET,
            input_names=traceable.names,
            output_names=[OUTPUT],
            verbose=False,
            external_data=False,
        )
    except torch.onnx.OnnxExporterError as error:
        raise UserError(f"this generator cannot be put into ONNX ({told(error)}); use --to safetensors") from error
    assert made is not None
    return made


def _finish(model: Any, traceable: Traceable, about: About) -> None:
    """Name the free dimensions, put in what may be left out, and say what it is."""
    import onnx_ir  # pyright: ignore[reportMissingImports]

    names = {}
    for value, free in zip(model.graph.inputs, traceable.dynamic(), strict=True):
        for axis, dim in free.items():
            names[str(value.shape[axis].value)] = dim.__name__
    values = [*model.graph.inputs, *(v for node in model.graph.all_nodes() for v in node.outputs)]
    for value in values:
        for axis, length in enumerate(value.shape or ()):
            if not isinstance(length, int) and str(length.value) in names:
                value.shape[axis] = names[str(length.value)]
    for value in model.graph.inputs:
        if value.name in traceable.defaults:
            value.const_value = onnx_ir.tensor(traceable.defaults[value.name].numpy(), name=value.name)
            model.graph.register_initializer(value)
    model.producer_name, model.producer_version = "ganwright", about.versions.get("ganwright", "")
    model.doc_string = f"Generator of the GAN '{about.recipe}', trained on {about.data}."
    model.metadata_props.update(about.entries())


def read(path: Path) -> tuple[About, Make]:
    """Open the graph with onnxruntime."""
    _demand(_RUNNING)
    import onnxruntime  # pyright: ignore[reportMissingImports]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class of their own
        raise UserError(f"{path} is no ONNX graph that can be run ({told(error)}); export the run again") from error
    about = read_about(session.get_modelmeta().custom_metadata_map.get(KEY), path)

    def make(
        latents: Tensor, labels: Tensor | None, truncation: float = 1.0, noise: Sequence[Tensor] | None = None
    ) -> Tensor:
        given = {"latents": latents.numpy()}
        if about.num_classes:
            assert labels is not None
            given["labels"] = labels.numpy()
        if about.truncation == "style":
            given["truncation"] = np.array(truncation, dtype=np.float32)
            given |= {f"noise_{i}": each.numpy() for i, each in enumerate(noise or ())}
        return torch.from_numpy(np.asarray(session.run([OUTPUT], given)[0]))

    return about, make


def _demand(packages: Sequence[str]) -> None:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise UserError(f"ONNX files need {' and '.join(missing)}; pip install 'ganwright[onnx]'")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's warnings, which are of its own making, and its notes on what else is not installed; and
    without collecting garbage, which a tracer's many small objects make long: a tenth of the whole time.
    """
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    logger.setLevel(logging.ERROR)
    collects = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        if collects:
            gc.enable()


FORMAT = Format(".onnx", "a graph for any language with an ONNX runtime", write, read)
