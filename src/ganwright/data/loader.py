"""Draws batches of a data set as a pure function of the position, so that a resumed run draws what it would have drawn.

Items that the device has room for are held there once, as uint8; a batch is then one index_select and the conversion
to float. Larger sets, and on a CPU those mapped from disk, are gathered in a thread while the last batch is in use.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset, Endless, to_float
from ganwright.data.order import Balanced, Order, Shuffled, flip_coins

ENDLESS_EPOCH = 2**16
ENDLESS_BYTES = 2**24
"""Draws of an endless data set that are sampled together, at most, and the memory that they may take."""

Drawn = tuple[Tensor, Tensor | None]
Epoch = TypeVar("Epoch")


class Loader:
    """Draws batches.

    dataset: what to draw from.
    seed: of the order; each item comes exactly once an epoch, and batches cross the border between epochs.
    device: where batches are wanted.
    rank, world_size: this process's share of every global batch.
    flip: mirror each drawn image left to right with probability 1/2; points stay.
    balanced: draw every class equally often. Endless data sets balance their samples themselves.

    Raises UserError for balanced draws without labels or with a class that has no items.
    """

    def __init__(
        self,
        dataset: Dataset,
        seed: int,
        device: torch.device | str,
        rank: int = 0,
        world_size: int = 1,
        flip: bool = False,
        balanced: bool = False,
    ) -> None:
        self.dataset = dataset
        self.rank = rank
        self.world_size = world_size
        device = torch.device(device)
        self._source: _Source
        flip = flip and dataset.spec.is_image
        if balanced:
            _check_classes(dataset)
        if isinstance(dataset, Endless):
            self._source = _Fresh(dataset, seed, device, flip)
            return
        order: Order = Shuffled(len(dataset), seed)
        if balanced:
            order = Balanced(_labels_of(dataset), len(dataset.class_names), seed)
        room = _room(device, dataset.streamed)
        num_bytes = dataset.items.nbytes
        if num_bytes <= room:
            mirrored = flip and 2 * num_bytes <= min(room, 2**31)
            self._source = _Resident(dataset, order, seed, device, flip, mirrored)
        else:
            self._source = _Streamed(dataset, order, seed, device, flip, step=world_size)

    @property
    def resident(self) -> bool:
        """True where the items are held on the device, False where they are read from disk or memory as drawn."""
        return not isinstance(self._source, _Streamed)

    def batch(self, position: int, size: int) -> Drawn:
        """Items (size, *shape) as float on the device, images in [-1, 1], and labels (size,) or None.

        position: items drawn before, by all ranks together. The global batch at `position` has size * world_size
        draws; this rank takes those from position + rank * size on.
        Raises UserError where the global batch is larger than the data set.
        """
        check_batch(self.dataset, size * self.world_size)
        return self._source.draw(position + self.rank * size, size)


def check_batch(dataset: Dataset, size: int) -> None:
    """Raise UserError where a global batch of `size` is larger than the data set: it would hold an item twice."""
    if size > len(dataset) and not isinstance(dataset, Endless):
        raise UserError(
            f"a batch of {size} is larger than {dataset.name}, which has {len(dataset)} items; "
            f"set batch_size to {len(dataset)} or less"
        )


def _check_classes(dataset: Dataset) -> None:
    labels = _labels_of(dataset)
    counts = torch.bincount(labels, minlength=len(dataset.class_names))
    if not bool(counts.all()):
        missing = dataset.class_names[int(counts.argmin())]
        raise UserError(f"balanced draws need items of every class, and {dataset.name} has none of '{missing}'")


def _labels_of(dataset: Dataset) -> Tensor:
    if dataset.labels is None:
        raise UserError(f"balanced draws need labels, and {dataset.name} has none; leave out balanced")
    return dataset.labels


def _room(device: torch.device, streamed: bool) -> float:
    """Bytes of items the device may hold: half of what an accelerator has free; any number in the CPU's own memory."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] / 2
    if device.type == "mps":
        return torch.mps.recommended_max_memory() / 2
    return 0 if streamed else float("inf")


class _Source(Protocol):
    def draw(self, first: int, size: int) -> Drawn:
        """The draws [first, first + size)."""
        ...


class _Epochs(Generic[Epoch]):
    """Makes epochs as they are asked for and keeps the two last used: batches cross one border at most."""

    def __init__(self, length: int, make: Callable[[int], Epoch]) -> None:
        self.length = length
        self._make = make
        self._kept: dict[int, Epoch] = {}

    def pieces(self, first: int, size: int) -> Iterator[tuple[Epoch, slice]]:
        """The epochs that hold the draws [first, first + size), each with the slice of it."""
        stop = first + size
        while first < stop:
            number, start = divmod(first, self.length)
            end = min(start + stop - first, self.length)
            yield self._epoch(number), slice(start, end)
            first += end - start

    def _epoch(self, number: int) -> Epoch:
        if number not in self._kept:
            while len(self._kept) > 1:
                del self._kept[next(iter(self._kept))]
            self._kept[number] = self._make(number)
        return self._kept[number]


class _Resident:
    """Items, labels and the order of the current epochs live on the device.

    mirrored: hold a mirrored copy of every image too, so that a flip costs nothing; else mirror as drawn.
    """

    def __init__(
        self, dataset: Dataset, order: Order, seed: int, device: torch.device, flip: bool, mirrored: bool
    ) -> None:
        self._items = dataset.items.to(device)
        self._labels = None if dataset.labels is None else dataset.labels.to(device)
        self._num_items = len(self._items)
        self._order, self._seed, self._device = order, seed, device
        self._flip, self._mirrored = flip, mirrored
        if mirrored:
            self._items = torch.cat([self._items, self._items.flip(-1)])
        self._epochs = _Epochs(order.length, self._make)

    def _make(self, number: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Rows of the items, rows of the labels, and the coins still to be heeded."""
        rows = self._order.epoch(number)
        coins = flip_coins(len(rows), self._seed, number) if self._flip else None
        label_rows = rows = to_device(rows, self._device)
        if coins is not None:
            coins = to_device(coins, self._device)
            if self._mirrored:
                rows, coins = rows + coins * self._num_items, None
        return rows, label_rows, coins

    def draw(self, first: int, size: int) -> Drawn:
        pieces = [self._take(epoch, part) for epoch, part in self._epochs.pieces(first, size)]
        items, labels = pieces[0] if len(pieces) == 1 else _join(pieces)
        return to_float(items), labels

    def _take(self, epoch: tuple[Tensor, Tensor, Tensor | None], part: slice) -> Drawn:
        rows, label_rows, coins = epoch
        items = self._items.index_select(0, rows[part])
        if coins is not None:
            items = mirror(items, coins[part])
        labels = None if self._labels is None else self._labels.index_select(0, label_rows[part])
        return items, labels


class _Streamed:
    """Items stay where they are (on disk, in memory); a thread gathers the next batch while this one is in use.

    step: how many batches of this size all ranks draw together, to foresee the next one.
    """

    def __init__(self, dataset: Dataset, order: Order, seed: int, device: torch.device, flip: bool, step: int) -> None:
        self._items, self._labels = dataset.items, dataset.labels
        self._device, self._flip, self._step = device, flip, step
        self._epochs = _Epochs(
            order.length, lambda e: (order.epoch(e), flip_coins(order.length, seed, e) if flip else None)
        )
        self._thread = ThreadPoolExecutor(1, "loader")
        self._ahead: dict[tuple[int, int], Future[tuple[Tensor, Tensor | None, Tensor | None]]] = {}

    def draw(self, first: int, size: int) -> Drawn:
        future = self._ahead.pop((first, size), None) or self._thread.submit(self._gather, first, size)
        following = (first + size * self._step, size)
        items, labels, coins = future.result()
        self._ahead = {following: self._thread.submit(self._gather, *following)}
        moved = items.to(self._device, non_blocking=True)
        if coins is not None:
            moved = mirror(moved, to_device(coins, self._device))
        return to_float(moved), None if labels is None else to_device(labels, self._device)

    def _gather(self, first: int, size: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
        pieces = list(self._epochs.pieces(first, size))
        rows = torch.cat([order[part] for (order, _), part in pieces])
        ascending, places = rows.sort()  # the disk is read in one direction
        gathered = self._items.index_select(0, ascending)
        items = torch.empty(gathered.shape, dtype=gathered.dtype, pin_memory=self._device.type == "cuda")
        torch.index_select(gathered, 0, places.argsort(), out=items)
        labels = None if self._labels is None else self._labels.index_select(0, rows)
        coins = torch.cat([c[part] for (_, c), part in pieces if c is not None]) if self._flip else None
        return items, labels, coins


class _Fresh:
    """Items no one has seen before: each epoch is sampled on the CPU from its own seed."""

    def __init__(self, dataset: Endless, seed: int, device: torch.device, flip: bool) -> None:
        length = endless_length(dataset)

        def make(number: int) -> Drawn:
            items, labels = dataset.sample(length, generator_for(seed, "endless", number))
            if flip:
                items = mirror(items, flip_coins(length, seed, number))
            return to_device(items, device), None if dataset.labels is None else to_device(labels, device)

        self._epochs = _Epochs(length, make)

    def draw(self, first: int, size: int) -> Drawn:
        pieces = [(i[part], None if n is None else n[part]) for (i, n), part in self._epochs.pieces(first, size)]
        items, labels = _join(pieces)  # a copy: what is kept must not be changed by whoever gets the batch
        return to_float(items), labels


def endless_length(dataset: Endless) -> int:
    """Draws in an epoch: a power of two, 65,536 unless so many items would take more than 16 MiB."""
    fitting = max(1, ENDLESS_BYTES // dataset.items[:1].nbytes)
    return min(ENDLESS_EPOCH, 2 ** (fitting.bit_length() - 1))


def _join(pieces: list[Drawn]) -> Drawn:
    labels = [n for _, n in pieces if n is not None]
    return torch.cat([items for items, _ in pieces]), torch.cat(labels) if labels else None


def mirror(images: Tensor, coins: Tensor) -> Tensor:
    """Mirror left to right those images (N, C, H, W) whose coin (N,) is true."""
    return torch.where(coins.view(-1, 1, 1, 1), images.flip(-1), images)


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Move without waiting for the device."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)
