"""How a game travels: numbers as JSON, and behind them arrays as they lie in memory.

A picture of the game is one binary message:

    uint32, little endian: bytes of the header | header: JSON, padded with spaces to a multiple of 4 | arrays

The header's `arrays` names each array with its shape and its first byte, counted from the end of the header. All are
float32, little endian. Between the two processes every message has its kind (`J` text, `B` binary) and its length in
front, so that a pipe can carry it.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from torch import Tensor

TEXT, BINARY = b"J", b"B"
MOST_BYTES = 1 << 22


def pack(header: Mapping[str, Any], arrays: Mapping[str, Tensor]) -> bytes:
    """One binary message. Numbers of the header that are not finite become null; those of arrays stay as they are."""
    places: dict[str, Any] = {}
    parts: list[bytes] = []
    at = 0
    for name, tensor in arrays.items():
        data = np.ascontiguousarray(tensor.detach().float().numpy(), dtype="<f4")
        places[name] = {"shape": list(data.shape), "at": at}
        parts.append(data.tobytes())
        at += data.nbytes
    text = json.dumps(finite({**header, "arrays": places}), separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of a binary message."""
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for name, place in header["arrays"].items():
        num = math.prod(place["shape"])
        arrays[name] = np.frombuffer(message, "<f4", num, 4 + length + place["at"]).reshape(place["shape"])
    return header, arrays


def write(pipe: IO[bytes], kind: bytes, payload: bytes) -> None:
    """Send one message down a pipe."""
    pipe.write(kind + struct.pack("<I", len(payload)) + payload)
    pipe.flush()


def read(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next message of a pipe as (kind, payload); None where it has ended, or holds something else."""
    head = pipe.read(5)
    if len(head) < 5 or head[:1] not in (TEXT, BINARY):
        return None
    (length,) = struct.unpack("<I", head[1:])
    payload = pipe.read(length) if length <= MOST_BYTES else b""
    return (head[:1], payload) if len(payload) == length else None


def finite(value: Any) -> Any:
    """The same plain data with null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
