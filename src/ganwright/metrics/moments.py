"""Count, mean and covariance of features, gathered batch by batch in float64 and in bounded memory."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganwright.core.errors import UserError


class Moments:
    """First and second moments of rows (N, D).

    As long as there are no more rows than dimensions the rows themselves are kept: they take less room than the
    covariance, which they leave rank-deficient, and distances are computed from them more accurately.
    After that only (D,) and (D, D) numbers are held.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean = torch.zeros(0, dtype=torch.float64)
        self._scatter = torch.zeros(0, 0, dtype=torch.float64)
        self._rows: list[Tensor] | None = []

    @classmethod
    def of(cls, rows: Tensor) -> "Moments":
        """Return the moments of one tensor (N, D)."""
        moments = cls()
        moments.add(rows)
        return moments

    @classmethod
    def merged(cls, parts: Sequence["Moments"]) -> "Moments":
        """Return the moments of all rows of several together, which stay as they are; rows are kept as ever."""
        sizes = {part.num_dimensions for part in parts if part.count}
        if len(sizes) > 1:
            raise UserError(f"features of {min(sizes)} dimensions do not go with those of {max(sizes)}")
        moments = cls()
        total = sum(part.count for part in parts)
        kept = [rows for part in parts if part.count and (rows := part.rows) is not None]
        if not sizes or (total <= max(sizes) and sum(map(len, kept)) == total):
            for rows in kept:
                moments.add(rows)
            return moments
        moments.count, moments._rows = total, None
        moments._mean = torch.stack([part.mean * (part.count / total) for part in parts if part.count]).sum(0)
        moments._scatter = torch.zeros(len(moments._mean), len(moments._mean), dtype=torch.float64)
        for part in parts:
            if part.count:
                shift = part.mean - moments._mean
                moments._scatter += part.scatter
                moments._scatter.addr_(shift, shift, alpha=part.count)
        return moments

    @classmethod
    def summed(cls, rows: Tensor) -> "Moments":
        """The moments of one tensor (N, D) with the rows given up, however few, so that merging is cheap."""
        moments = cls.of(rows)
        moments._mean, moments._scatter, moments._rows = moments.mean, moments.scatter, None
        return moments

    def add(self, rows: Tensor) -> None:
        """Take in rows (n, D) of any float type. Raises UserError for another shape and for non-finite numbers."""
        if rows.ndim != 2 or rows.shape[1] == 0:
            raise UserError(f"features must be a table (N, D), not a tensor of shape {tuple(rows.shape)}")
        if self.count and rows.shape[1] != self.num_dimensions:
            raise UserError(f"features of {rows.shape[1]} dimensions do not go with those of {self.num_dimensions}")
        rows = rows.detach().to("cpu", torch.float64)
        num_bad = int((~rows.isfinite()).sum())
        if num_bad:
            raise UserError(f"{num_bad} of {rows.numel()} feature values are not finite; look for NaN in the samples")
        if len(rows) == 0:
            return
        if self._rows is None:
            self._merge(rows)
            return
        self._rows.append(rows)
        self.count += len(rows)
        if self.count > rows.shape[1]:
            kept, self._rows, self.count = torch.cat(self._rows), None, 0
            self._mean = torch.zeros(rows.shape[1], dtype=torch.float64)
            self._scatter = torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64)
            self._merge(kept)

    @property
    def num_dimensions(self) -> int:
        """D; 0 before the first row."""
        return self._rows[0].shape[1] if self._rows else len(self._mean)

    @property
    def rows(self) -> Tensor | None:
        """All rows (N, D) while N <= D, else None."""
        return torch.cat(self._rows) if self._rows else None

    @property
    def mean(self) -> Tensor:
        """Mean (D,)."""
        rows = self.rows
        return self._mean if rows is None else rows.mean(0)

    @property
    def scatter(self) -> Tensor:
        """Sum of the outer products of the centred rows (D, D)."""
        rows = self.rows
        if rows is not None:
            rows = rows - rows.mean(0)
        return self._scatter if rows is None else rows.T @ rows

    @property
    def covariance(self) -> Tensor:
        """Unbiased covariance (D, D); needs at least two rows."""
        return self.scatter / (self.count - 1)

    def _merge(self, rows: Tensor) -> None:
        """Chan, Golub and LeVeque 1983: combine two sets' means and scatters without cancellation."""
        num_new = len(rows)
        total = self.count + num_new
        mean = rows.mean(0)
        rows = rows - mean
        shift = mean - self._mean
        self._scatter += rows.T @ rows + torch.outer(shift, shift) * (self.count * num_new / total)
        self._mean = self._mean + shift * (num_new / total)
        self.count = total
