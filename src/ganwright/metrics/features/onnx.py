"""An ONNX file of the user's as eyes, run by onnxruntime, which the extra `onnx` installs."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of
from ganwright.metrics.features.base import HASH_DIGITS, FeatureExtractor, Wanted, table_of, with_classes
from ganwright.metrics.features.prepare import Preparation, ValueRange, digest, sides
from ganwright.metrics.features.resize import DEFAULT_RULE

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
_COLOURS = (1, 3)


class OnnxFeatures:
    """What an ONNX graph with one input says of items.

    Its first output is features (N, D), or maps (N, D, H, W), which are averaged over positions; a second one are class
    logits (N, K), or probabilities, and further ones are left out. `outputs` gives both; `with_classes` makes eyes that
    classify. The input is images (N, C, H, W) or (N, H, W, C), or points (N, D); its batch may be fixed or free.
    Channels are those of the graph, and so is the size where the graph fixes it. An input of bytes is given 0..255,
    rounded after the resizing.

    path: of the file. name: as printed beside a figure; None: the file's.
    size: (height, width), or one number for both, where the graph leaves it free; None: as the items are.
    value_range, mean, std, rule: as of ModuleFeatures. device: a CUDA device is used where onnxruntime knows it.
    Raises UserError without onnxruntime, for a file that is no ONNX graph or is damaged, and for other inputs.
    """

    def __init__(
        self,
        path: Path,
        name: str | None = None,
        size: int | tuple[int, int] | None = None,
        value_range: ValueRange = "minus-one-one",
        mean: float | tuple[float, ...] | None = None,
        std: float | tuple[float, ...] | None = None,
        rule: str = DEFAULT_RULE,
        device: torch.device | None = None,
    ) -> None:
        self._session = _open(path, device)
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(i.name for i in inputs)
            raise UserError(f"{path} has {len(inputs)} inputs ({names}); features need a graph with one, the images")
        self._input, shape = inputs[0].name, [n if isinstance(n, int) else None for n in inputs[0].shape]
        if inputs[0].type not in _DTYPES or len(shape) not in (2, 4):
            raise UserError(
                f"{path}: the input '{self._input}' is {inputs[0].type} of {len(shape)} dimensions; "
                "it must be floats or bytes (N, C, H, W) or (N, H, W, C), or points (N, D)"
            )
        self._dtype, self._batch = _DTYPES[inputs[0].type], shape[0]
        self._channels_last = len(shape) == 4 and shape[1] not in _COLOURS and shape[3] in _COLOURS
        channels, fixed = None, None
        if len(shape) == 4:
            channels, height, width = (shape[3], *shape[1:3]) if self._channels_last else shape[1:]
            fixed = (height, width) if height is not None and width is not None else None
        self._prepare = Preparation(size, channels if channels in _COLOURS else None, rule, value_range, mean, std)
        if fixed is not None:
            if size is not None and sides(size) != fixed:
                raise UserError(f"{path} takes images of {fixed[0]}x{fixed[1]} only; leave the size away")
            self._prepare = Preparation(fixed, self._prepare.channels, rule, value_range, mean, std)
        self._num_dimensions = len(shape)
        self.name = name or f"onnx {path.name}"
        self.hash = digest(_hash_of(path), self._prepare.key)[:HASH_DIGITS]
        self.resize = self._prepare.resize

    def __call__(self, items: Tensor) -> Tensor:
        """Items uint8 or float in [-1, 1] -> features (N, D) on the CPU."""
        return self.outputs(items)[0]

    def outputs(self, items: Tensor) -> tuple[Tensor, Tensor | None]:
        """Items -> features (N, D) and, where the graph has a second output, that (N, K), else None.

        Raises UserError where the graph cannot look at such items.
        """
        if items.ndim != self._num_dimensions:
            kinds = {2: "points (N, D)", 4: "images (N, C, H, W)"}
            raise UserError(
                f"features '{self.name}' look at {kinds[self._num_dimensions]}, not items of {tuple(items.shape[1:])}"
            )
        values = self._as_input(self._prepare(items.cpu()))
        size = self._batch or len(values)
        chunks = [self._run(values[start : start + size]) for start in range(0, len(values), size)]
        found = [torch.from_numpy(np.concatenate(parts)) for parts in zip(*chunks, strict=True)]
        features = table_of(found[0], len(items), "features", self.name)
        return features, table_of(found[1], len(items), "logits", self.name) if len(found) > 1 else None

    def _as_input(self, values: Tensor) -> np.ndarray:
        if self._dtype == np.uint8:
            low = 0.0 if self._prepare.value_range == "zero-one" else -1.0
            values = ((values - low) * (255 / (1 - low))).round().clamp(0, 255)
        if self._channels_last:
            values = values.permute(0, 2, 3, 1)
        return np.ascontiguousarray(values.numpy().astype(self._dtype))

    def _run(self, chunk: np.ndarray) -> list[np.ndarray]:
        """The first outputs of a chunk; a fixed batch is filled up with copies of the last item."""
        num = len(chunk)
        if self._batch and num < self._batch:
            chunk = np.concatenate([chunk, np.repeat(chunk[-1:], self._batch - num, axis=0)])
        try:
            found: list[Any] = self._session.run(None, {self._input: chunk})
        except Exception as error:  # onnxruntime's errors have no common class of their own
            raise UserError(
                f"features '{self.name}' cannot look at input of shape {chunk.shape[1:]}: {_line(error)}"
            ) from error
        outputs = [np.asarray(part) for part in found[:2]]
        if any(part.shape[:1] != chunk.shape[:1] for part in outputs):
            shapes = " and ".join(str(part.shape) for part in outputs)
            raise UserError(f"features '{self.name}' give outputs {shapes} for {len(chunk)} items, not one row each")
        return [part[:num] for part in outputs]


def build(wanted: Wanted) -> FeatureExtractor:
    """`onnx:FILE`; eyes that classify where the graph has a second output. Raises UserError without a file."""
    path = wanted.argument or wanted.weights
    if path is None:
        raise UserError("onnx features need a file; name it, as in 'onnx:eyes.onnx'")
    eyes = OnnxFeatures(Path(path).expanduser(), rule=wanted.rule or DEFAULT_RULE, device=wanted.device)
    return with_classes(eyes, wanted.spec)


def _open(path: Path, device: torch.device | None) -> Any:
    try:
        import onnxruntime  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise UserError("ONNX features need onnxruntime; pip install ganwright[onnx]") from error
    if not path.is_file():
        raise UserError(f"there is no ONNX file {path}; look at the path")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    wanted = ["CUDAExecutionProvider"] if device is not None and device.type == "cuda" else []
    providers = [p for p in wanted if p in onnxruntime.get_available_providers()] + ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        raise UserError(f"{path} is no ONNX graph that can be run ({_line(error)}); export it again") from error


def _hash_of(path: Path) -> str:
    """Of the file and, where torch has put the weights beside it, of those."""
    beside = path.with_name(path.name + ".data")
    files = [path, beside] if beside.is_file() else [path]
    return hashlib.sha256("".join(map(sha256_of, files)).encode()).hexdigest()


def _line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
