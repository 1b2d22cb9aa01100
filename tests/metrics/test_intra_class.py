"""Similarity within classes against a plain loop; what collapse within a class does to it; why features are centred."""

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.intra_class import intra_class_of, intra_class_similarity


def normal(num: int, size: int = 5, seed: int = 0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain(real: torch.Tensor, fake: torch.Tensor, labels: torch.Tensor) -> dict[int, float]:
    found = {}
    for label in labels.unique().tolist():
        own = [row - real.mean(0) for row in fake[labels == label]]
        cosines = [float(a @ b / (a.norm() * b.norm())) for i, a in enumerate(own) for b in own[i + 1 :]]
        if cosines:
            found[label] = float(np.mean(cosines))
    return found


def side(rows: torch.Tensor, labels: torch.Tensor | None, seen: torch.Tensor | None) -> Side:
    made = Side(num_pairs=0)
    chances = None if seen is None else torch.nn.functional.one_hot(seen, 4).float()
    made.add(torch.zeros(len(rows), 1, 2, 2), features=rows, probabilities=chances, labels=labels)
    return made


@pytest.mark.parametrize("kind", ["gaussian", "clustered", "duplicated"])
def test_it_is_a_plain_loop(kind: str) -> None:
    real, fake, labels = normal(50), normal(41, seed=1), torch.arange(41) % 3
    labels[0] = 5  # alone in its class; 3 and 4 have none
    if kind == "clustered":
        real, fake = real + 4 * (torch.arange(50) % 3)[:, None], fake + 4 * labels[:, None]
    if kind == "duplicated":
        fake[1::2] = fake[1]
    found, known = intra_class_similarity(real, fake, labels), plain(real, fake, labels)
    assert found.counts.tolist() == [13, 14, 13, 0, 0, 1]
    assert found.by_class[:3].tolist() == pytest.approx([known[k] for k in range(3)], rel=1e-9, abs=1e-12)
    assert bool(found.by_class[3:].isnan().all())
    assert found.mean == pytest.approx(np.mean(list(known.values())), rel=1e-9, abs=1e-12)
    leaves = [
        [plain(real, rows, torch.zeros(len(rows)))[0] for rows in _without_each(fake[labels == k])] for k in (0, 1, 2)
    ]
    variances = [(len(v) - 1) * np.var(v) for v in leaves]
    assert found.error == pytest.approx(np.sqrt(sum(variances)) / 3, rel=1e-6)


def _without_each(rows: torch.Tensor) -> list[torch.Tensor]:
    return [torch.cat([rows[:i], rows[i + 1 :]]) for i in range(len(rows))]


def test_collapse_within_classes_is_told_though_all_classes_are_there() -> None:
    classes = torch.arange(200) % 4
    centres = 2 * normal(4, seed=5)
    real, held_out = centres[classes] + normal(200), centres[classes] + normal(200, seed=1)
    collapsed = held_out[:4][classes]
    fair = intra_class_similarity(real, held_out, classes).mean
    assert intra_class_similarity(real, collapsed, classes).mean == pytest.approx(1)
    assert 0.2 < fair < 0.95
    # Classes that are mixed up are less alike than real ones.
    mixed = classes[torch.randperm(200, generator=torch.Generator().manual_seed(0))]
    assert abs(intra_class_similarity(real, held_out, mixed).mean) < 0.1


def test_a_common_offset_changes_nothing_and_order_neither() -> None:
    real, fake, labels = normal(50), normal(40, seed=1), torch.arange(40) % 4
    here = intra_class_similarity(real, fake, labels).mean
    assert intra_class_similarity(real + 100, fake + 100, labels).mean == pytest.approx(here, rel=1e-9)
    assert intra_class_similarity(real.flip(0), fake.flip(0), labels.flip(0)).mean == pytest.approx(here, rel=1e-9)


def test_asked_labels_come_before_seen_ones_and_on_both_sides_alike() -> None:
    real, fake = normal(40), normal(40, seed=1)
    asked, seen = torch.arange(40) % 4, torch.arange(40) // 10
    by_label = intra_class_of(Pair(side(real, asked, seen), side(fake, asked, seen)))
    assert by_label.protocol["classes_by"] == "label"
    assert by_label.value == pytest.approx(intra_class_similarity(real, fake, asked).mean, abs=1e-6)
    assert by_label.details["real"] == pytest.approx(intra_class_similarity(real, real, asked).mean, abs=1e-6)
    assert by_label.details["counts"] == [10] * 4
    by_eye = intra_class_of(Pair(side(real, asked, seen), side(fake, None, seen)))
    assert by_eye.protocol["classes_by"] == "classifier"
    assert by_eye.value == pytest.approx(intra_class_similarity(real, fake, seen).mean, abs=1e-6)
    assert by_eye.details["real"] == pytest.approx(intra_class_similarity(real, real, seen).mean, abs=1e-6)


def test_bad_input() -> None:
    rows, labels = normal(20), torch.arange(20) % 2
    for real, fake, classes, message in [
        (rows, normal(20, 4), labels, "5 dimensions cannot be compared with .* of 4"),
        (rows, rows * torch.nan, labels, "not finite"),
        (rows, rows, labels[:5], "must be 20 whole numbers"),
        (rows, rows, labels.float(), "whole numbers"),
        (rows, rows, labels - 1, "whole numbers"),
        (rows, rows, torch.arange(20), "no class has two items"),
        (rows, rows[:0], labels[:0], "must be a table"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            intra_class_similarity(real, fake, classes)
        assert "\n" not in str(caught.value)
