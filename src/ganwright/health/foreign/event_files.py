"""TensorBoard's event files, read without TensorBoard: records of protocol buffers, of which scalars are kept.

A record is its length (uint64), a checksum of the length, the bytes, and a checksum of the bytes (TFRecord). The bytes
are an `Event`: field 2 the step, field 5 a summary, whose field 1 are values: field 1 the tag, 2 a float, 8 a tensor
(1 its type, 4 raw bytes, 5 floats, 6 doubles). A reader of our own needs no installation, and
takes less than half the time of TensorBoard's accumulator.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.health.foreign.table import Table, table_of

MARK = "tfevents"
_FLOAT, _DOUBLE = 1, 2


def is_event_file(start: bytes) -> bool:
    """Whether a file begins as an event file does: with a record whose length has the right checksum."""
    return len(start) >= 12 and _checksum(start[:8]) == struct.unpack("<I", start[8:12])[0]


def find(folder: Path) -> list[Path]:
    """The event files below a folder, in the order of their names, which is that of time within each folder."""
    return sorted(path for path in folder.rglob(f"*{MARK}*") if path.is_file())


def read(files: list[Path], root: Path) -> Table:
    """Read the scalars of event files as columns with their `step`; of one step and tag the last value counts.

    Files in sub folders of the root have the folder's name before their tags, where there are several folders. A file
    that ends within a record counts as far as it goes. Raises UserError where no scalar is found.
    """
    rows: dict[int, dict[str, float | None]] = {}
    several = len({file.parent for file in files}) > 1
    for file in files:
        inside = file.parent.relative_to(root).as_posix() if several else "."
        prefix = "" if inside == "." else f"{inside}/"
        for step, tag, value in _scalars(file):
            rows.setdefault(step, {"step": float(step)})[prefix + tag] = value
    if not rows:
        raise UserError(f"{root} holds no scalars of TensorBoard")
    return table_of(rows[step] for step in sorted(rows))


def _scalars(file: Path) -> Iterator[tuple[int, str, float]]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from error
    for record in _records(data):
        try:
            yield from _of_event(record)
        except (IndexError, struct.error, ValueError):  # not what the format says: the rest may still be
            continue


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while is_event_file(data[at : at + 12]):
        (length,) = struct.unpack_from("<Q", data, at)
        if at + 16 + length > len(data):
            return  # its writer was killed, or still writes
        yield data[at + 12 : at + 12 + length]
        at += 16 + length


def _of_event(record: bytes) -> Iterator[tuple[int, str, float]]:
    step, summary = 0, None
    for field, value in _fields(record):
        if field == 2 and isinstance(value, int):
            step = value
        elif field == 5 and isinstance(value, bytes):
            summary = value
    for field, value in _fields(summary or b""):
        if field == 1 and isinstance(value, bytes):
            tag, number = _of_value(value)
            if tag and number is not None:
                yield step, tag, number


def _of_value(message: bytes) -> tuple[str, float | None]:
    tag, number = "", None
    for field, value in _fields(message):
        if field == 1 and isinstance(value, bytes):
            tag = value.decode("utf-8", "replace")
        elif field == 2 and isinstance(value, bytes) and len(value) == 4:
            (number,) = struct.unpack("<f", value)
        elif field == 8 and isinstance(value, bytes):
            number = _of_tensor(value)
    return tag, number


def _of_tensor(message: bytes) -> float | None:
    """The number of a tensor that holds one float or double, else None."""
    kind, held = 0, b""
    for field, value in _fields(message):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field in (4, 5, 6) and isinstance(value, bytes):
            held += value
    code, size = {_FLOAT: ("<f", 4), _DOUBLE: ("<d", 8)}.get(kind, ("", 0))
    return struct.unpack(code, held)[0] if size and len(held) == size else None


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of a protocol buffer: (number, whole number or bytes). Fixed-width numbers come as their bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire == 2:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + length > len(message):
            raise ValueError("cut short")
        yield field, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _crc_table() -> list[int]:
    """Of CRC-32C (Castagnoli), reflected."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _crc_table()


def _checksum(data: bytes) -> int:
    """CRC-32C, rotated and shifted as TFRecord wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
