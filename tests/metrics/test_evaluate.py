"""One pass of evaluation: its protocol, its figures, what it says and what it refuses."""

import json
import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.dataset import Dataset, to_float
from ganwright.data.mixtures import Grid25Config, Ring8Config
from ganwright.data.stacked import StackedConfig
from ganwright.metrics import METRICS, base
from ganwright.metrics import evaluate as evaluate_module
from ganwright.metrics.base import Walk
from ganwright.metrics.classifiers import shipped
from ganwright.metrics.evaluate import evaluate
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.modes import StackFeatures, count_modes


class ToyEyes:
    """Features: mean of each row of pixels; the class is the brightest of the first three rows."""

    name, hash, resize = "toy", "abc123", "none"

    def __init__(self) -> None:
        self.num_calls = 0

    def __call__(self, items: Tensor) -> Tensor:
        return self.classify(items)[0]

    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        self.num_calls += 1
        features = to_float(items).mean((1, 3))
        return features, (5 * features[:, :3]).softmax(1)


class PixelEyes:
    """Features: the pixels."""

    name, hash, resize = "pixels", "0", "none"

    def __call__(self, items: Tensor) -> Tensor:
        return to_float(items).flatten(1)


def image_data(num: int = 400) -> Dataset:
    generator = torch.Generator().manual_seed(0)
    items = torch.randint(256, (num, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return Dataset("noise", items, None, (), "hash")


def unseen(num: int) -> Dataset:
    return Dataset("noise", image_data(1000 + num).items[1000:], None, (), "unseen")


def point_data() -> Dataset:
    return Dataset("ring", torch.randn(300, 2, generator=torch.Generator().manual_seed(0)), None, (), "hash")


def fakes(num: int) -> Tensor:
    return torch.rand(num, 1, 8, 8, generator=torch.Generator().manual_seed(num)) * 2 - 1


def score(items: Tensor, labels: Tensor | None) -> Tensor:
    return items.flatten(1).mean(1)


def test_every_row_of_the_table_is_measured_with_everything_given() -> None:
    labelled = Dataset("noise", image_data().items, torch.arange(400) % 3, ("a", "b", "c"), "hash")
    other = Dataset("noise", unseen(200).items, torch.arange(200) % 3, ("a", "b", "c"), "other")
    walk = Walk(lambda points, _: points.tanh().view(-1, 1, 8, 8), lambda num: latents(num))
    given = {"score": score, "other": other, "walk": walk, "metrics": ["all"]}
    found = evaluate(fakes, labelled, ToyEyes(), 100, labels=torch.arange(100) % 3, **given)
    assert {f.name for f in found.figures} == {n for n, m in METRICS.items() if m.needs not in ("points", "mixture")}
    assert all(math.isfinite(f.value) for f in found.figures)
    points = evaluate(lambda n: torch.randn(n, 2), point_data(), num_samples=100, metrics=["all"])
    assert {f.name for f in points.figures} == {n for n, m in METRICS.items() if m.needs in ("points", "items")}
    ring = evaluate(lambda n: torch.randn(n, 2), Ring8Config().build(), num_samples=100, metrics=["all"])
    assert {f.name for f in ring.figures} == {
        n for n, m in METRICS.items() if m.needs in ("points", "items", "mixture")
    }


def latents(num: int) -> Tensor:
    return torch.randn(num, 64, generator=torch.Generator().manual_seed(num))


def test_rows_of_the_table_measure_compare_or_judge_and_say_what_they_mean() -> None:
    for metric in METRICS.values():
        assert sum(way is not None for way in (metric.measure, metric.compare, metric.judge)) == 1
        assert 20 < len(metric.description) < 130
        assert "\n" not in metric.description


def test_a_figure_of_real_data_against_itself_is_at_its_floor() -> None:
    """No row may favour samples, or real data: for each, other real items score about what the floor does."""
    data, others = image_data(4000), image_data(6000).items[4000:]
    found = evaluate([others], data, ToyEyes(), 2000, metrics=["all"])
    for figure in found.figures:
        beside = figure.real if figure.floor is None else figure.floor
        if beside is None or figure.name == "fid_infinity":
            continue
        spread = max(5 * (figure.error or 0), 0.05 * abs(beside), 0.01)
        assert figure.value == pytest.approx(beside, abs=spread), figure.name


def test_metrics_are_chosen_by_name() -> None:
    data = image_data()
    named = evaluate(fakes, data, ToyEyes(), 100, metrics=["recall", "fid"])
    assert [f.name for f in named.figures] == ["fid", "recall"]
    few = evaluate(fakes, data, ToyEyes(), 5)
    assert "precision" not in few
    assert any("'precision' needs 10 items a side, not 5" in note for note in few.notes)
    for names, says in (
        (["fdi"], "there is no metric 'fdi'; did you mean 'fid'"),
        (["modes_covered"], "'modes_covered' needs data that are a mixture of Gaussians"),
        (["memorisation"], "'memorisation' needs features and both splits of the data"),
        (["path_length"], "'path_length' needs features and a generator"),
    ):
        with pytest.raises(UserError, match=says):
            evaluate(fakes, data, ToyEyes(), 100, metrics=names)
    with pytest.raises(UserError, match="'fid' needs features"):
        evaluate(fakes, data, num_samples=100, metrics=["fid"])
    with pytest.raises(UserError, match="'recall' needs 10 items a side, not 5"):
        evaluate(fakes, data, ToyEyes(), 5, metrics=["recall"])


def test_what_cannot_be_measured_is_said_and_costs_no_other_figure() -> None:
    """Real images that are all the same have no neighbours; asked for by name, that is an error."""
    same = Dataset("same", torch.full((400, 1, 8, 8), 7, dtype=torch.uint8), None, (), "hash")
    found = evaluate(fakes, same, ToyEyes(), 100)
    assert "precision" not in found
    assert "pixel_mean" in found
    assert any(note.startswith("left out: 'precision': the real features are constant") for note in found.notes)
    with pytest.raises(UserError, match="the real features are constant"):
        evaluate(fakes, same, ToyEyes(), 100, metrics=["precision"])


def test_work_for_unseen_data_is_done_only_where_a_metric_asks_for_it() -> None:
    """Two sides and a floor of 100 batched by 50; with memorisation the unseen items and the training set too."""
    other = unseen(120)
    for metrics, expected in ((["fid"], 6), (["classes_covered"], 4), (["fid", "memorisation"], 6 + 2 + 8)):
        extractor = ToyEyes()
        evaluate(fakes, image_data(), extractor, 100, batch_size=50, metrics=metrics, other=other)
        assert extractor.num_calls == expected


def test_copies_of_the_training_data_are_told_from_unseen_data() -> None:
    data, other = image_data(600), unseen(300)
    copied = evaluate([data.items[:300]], data, PixelEyes(), 300, other=other, metrics=["memorisation"])
    fresh = evaluate(fakes, data, PixelEyes(), 300, other=other, metrics=["memorisation"])
    assert copied["memorisation"].value > 0.99
    assert copied["memorisation"].details["num_copies"] == 300
    assert 0.3 < fresh["memorisation"].value < 0.7
    assert copied.pictures["memorisation-closest-pairs"].ndim == 3


def test_without_eyes_or_score_the_rest_is_told() -> None:
    found = [f.name for f in evaluate(fakes, image_data(), num_samples=100).figures]
    assert found == ["cosine_similarity", "pairwise_distance", "spectrum_gap", "pixel_mean", "pixel_std"]


def test_a_side_holds_on_to_no_more_than_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view of a batch, even an empty one, would keep the whole batch in memory."""
    monkeypatch.setattr(base, "MOST_ROWS", 50)
    side = base.Side(num_pairs=10)
    for _ in range(3):
        side.add(torch.zeros(40, 1, 8, 8, dtype=torch.uint8), None, torch.rand(40, 8), torch.full((40, 2), 0.5))
    held = [part.untyped_storage().nbytes() for part in (*side._kept, *side._rows, *side._probabilities)]
    assert sum(held) == 10 * 64 + 50 * 8 * 4 + 50 * 2 * 4
    assert (len(side.kept), len(side.rows), len(side.probabilities)) == (10, 50, 50)


def test_fewer_large_images_are_kept_for_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_module, "MOST_PAIR_VALUES", 50 * 64)
    found = evaluate(fakes, image_data(), num_samples=100, metrics=["pairwise_distance"])
    assert found["pairwise_distance"].protocol["pairs_of"] == 50


@pytest.mark.parametrize("name", ["class_fid", "intra_class_similarity"])
def test_the_floor_has_classes_of_the_same_kind_as_the_samples(name: str) -> None:
    """By labels, which are noise to these eyes, one class is small: a floor by them would be another figure."""
    data = image_data(4000)
    labelled = Dataset("noise", data.items, (torch.arange(4000) % 100 == 0).long(), ("a", "b"), "hash")
    figure = evaluate([image_data(6000).items[4000:]], labelled, ToyEyes(), 2000, metrics=[name])[name]
    assert figure.error is not None
    assert figure.value == pytest.approx(figure.floor, abs=5 * figure.error)


def test_parzen_looks_at_items_and_its_protocol_names_no_features() -> None:
    found = evaluate(fakes, image_data(600), PixelEyes(), 100, other=unseen(100), metrics=["parzen"])
    assert "features" not in found["parzen"].protocol
    assert found["parzen"].protocol["windows"] == 100


def test_the_protocol_of_fid() -> None:
    """Reference and floor: disjoint random halves; n = min(num_samples, N // 2); the first n samples, 8 bits."""
    data = image_data(401)
    evaluation = evaluate([fakes(150), fakes(150)], data, ToyEyes(), num_samples=1000, seed=3, split="test")
    fid = evaluation["fid"]
    assert fid.remark == "few: n 200"
    assert fid.protocol == {
        "data": "noise", "content_hash": "hash", "split": "test", "n_real": 200, "n_fake": 200, "seed": 3,
        "features": "toy", "features_hash": "abc123", "resize": "none",
    }  # fmt: skip
    assert fid.real is None
    assert fid.floor is not None
    samples = torch.cat([fakes(150), fakes(150)])[:200].add(1).mul(127.5).round() / 127.5 - 1
    extractor = ToyEyes()
    same = evaluate([samples], data, ToyEyes(), num_samples=1000, seed=3)["fid"].value
    assert fid.value == pytest.approx(same, rel=1e-6)
    all_real = extractor(data.items)
    assert fid.value == pytest.approx(frechet_distance(all_real, extractor(samples)), abs=0.05)
    assert evaluation.notes == (
        "200 of the 1000 samples asked for: half of the 401 items of 'noise'",
        "FID and other distances from 200 < 5000 items a side are biased: read them against their floor",
    )


def test_reference_and_floor_are_disjoint_and_drawn_by_the_seed() -> None:
    class Recorder:
        name, hash, resize = "recorder", "0", "none"

        def __init__(self) -> None:
            self.seen: list[Tensor] = []

        def __call__(self, items: Tensor) -> Tensor:
            self.seen.append(items[:, 0, 0, 0].clone())
            return to_float(items).flatten(1)

    data = Dataset("count", torch.arange(200, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 2, 2), None, (), "")
    orders = []
    for seed in (1, 1, 2):
        recorder = Recorder()
        evaluate([torch.rand(100, 1, 2, 2)], data, recorder, seed=seed)
        orders.append(torch.cat(recorder.seen)[100:].tolist())
    assert sorted(orders[0]) == list(range(200))
    assert orders[0] == orders[1]
    assert sorted(orders[0][:100]) != sorted(orders[2][:100])


def test_real_data_against_itself_stands_at_the_floor() -> None:
    data = image_data(4000)
    other = image_data(6000).items[4000:]
    evaluation = evaluate([other], data, ToyEyes(), num_samples=2000)
    fid = evaluation["fid"]
    assert fid.floor is not None
    assert fid.value < 3 * fid.floor
    assert evaluate(lambda n: fakes(n) ** 3, data, ToyEyes(), 2000)["fid"].value > 10 * fid.floor


def test_figures_beside_those_of_real_data() -> None:
    data = image_data()
    evaluation = evaluate([torch.ones(500, 1, 8, 8)], data, ToyEyes(), 100, score=score)
    assert evaluation["pixel_mean"].value == 1
    assert evaluation["pixel_mean"].real == pytest.approx(0.5, abs=0.02)
    assert evaluation["pixel_std"].value == pytest.approx(0, abs=1e-9)
    assert evaluation["cosine_similarity"].value == pytest.approx(1)
    assert evaluation["pairwise_distance"].value == pytest.approx(0, abs=1e-6)
    assert (evaluation["pairwise_distance"].real or 0) > 5
    assert evaluation["classes_covered"].value == 1
    assert evaluation["classes_covered"].real == 3
    assert evaluation["largest_class_share"].value == 1
    assert evaluation["discriminator_score"].value == pytest.approx(1)
    assert evaluation["discriminator_score"].real == pytest.approx(0, abs=0.05)


def test_one_forward_pass_a_batch_and_progress() -> None:
    extractor, calls = ToyEyes(), []
    evaluate(fakes, image_data(), extractor, 100, progress=lambda *a: calls.append(a), batch_size=50, metrics=["fid"])
    assert extractor.num_calls == 6
    whats = ["samples"] * 2 + ["real data"] * 2 + ["more real data"] * 2
    assert calls[:6] == [(50 * i, 300, what) for i, what in enumerate(whats, 1)]
    assert {what for _, _, what in calls[6:]} == {"fid"}


def test_samples_are_drawn_no_further_than_needed() -> None:
    def endless() -> Iterator[Tensor]:
        while True:
            yield fakes(64)

    assert evaluate(endless(), image_data(), num_samples=100)["pixel_mean"].protocol["n_fake"] == 100


def test_plain_data_survives_json_and_lines_are_readable() -> None:
    evaluation = evaluate(fakes, image_data(), ToyEyes(), 100, score=score)
    plain = evaluation.plain()
    assert json.loads(json.dumps(plain)) == plain
    assert set(plain["figures"][0]) == {
        "name", "value", "error", "error_from", "real", "floor", "unit", "remark", "details", "protocol"
    }  # fmt: skip
    text = evaluation.lines()
    assert text[0].split() == ["samples", "error", "real", "floor"]
    assert text[1].startswith("FID ")
    assert any(
        line.startswith("protocol: data noise, content hash hash, split train, n real 100, n fake 100, seed 0")
        for line in text
    )
    assert (
        "  FID, KID, precision, recall, density, coverage, C2ST, classes covered, class entropy, class KL, smallest "
        "class share, largest class share, vendi: features toy, features hash abc123, resize none\n"
        "  KID: subsets 1, subset size 100\n"
        "  precision, recall, density, coverage: neighbours 5" in "\n".join(text)
    )
    assert any("are biased" in line for line in text)
    with pytest.raises(KeyError):
        evaluation["inception"]


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        ([torch.full((100, 1, 8, 8), math.nan)], "6400 of 6400 sample values are not finite"),
        ([fakes(60)], "60 samples are too few; this evaluation needs 100"),
        ([torch.zeros(100, 1, 9, 8)], r"shape \(1, 9, 8\) do not compare with data of shape \(1, 8, 8\)"),
    ],
)
def test_bad_samples_are_refused_in_one_line(samples: list[Tensor], says: str) -> None:
    with pytest.raises(UserError, match=says):
        evaluate(samples, image_data(), num_samples=100)


def test_too_little_data_and_broken_scores_are_refused() -> None:
    with pytest.raises(UserError, match="4 items of data, not 100 and 3 of 'noise'"):
        evaluate(fakes, image_data(3), num_samples=100)
    with pytest.raises(UserError, match="scores are not finite"):
        evaluate(fakes, image_data(), num_samples=100, score=lambda x, labels: torch.full((len(x),), math.nan))


def test_a_conditional_score_is_given_the_classes_of_samples_and_of_data() -> None:
    """The score checks that each item comes with its own class: the class is the item's brightness."""
    labels = torch.arange(300) % 5
    items = (labels * 40).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous()
    data = Dataset("shades", items, labels, tuple("abcde"), "hash")
    asked = torch.arange(150).flip(0) % 5
    fakes = items[asked]

    def matches(x: Tensor, own: Tensor | None) -> Tensor:
        assert own is not None
        return (((x[:, 0, 0, 0] + 1) * 127.5 / 40).round() == own).float()

    found = evaluate([fakes], data, num_samples=150, score=matches, labels=asked, batch_size=32)
    assert found["discriminator_score"].value == 1
    assert found["discriminator_score"].real == 1


def test_modes_of_a_mixture_beside_those_of_real_points() -> None:
    data = Grid25Config().build()
    points = data.centres[torch.arange(3000) % 5] + data.std * torch.randn(
        3000, 2, generator=torch.Generator().manual_seed(0)
    )
    found = evaluate([points], data, num_samples=3000, batch_size=100)
    whole = count_modes(points, data.centres, data.std)
    assert (found["modes_covered"].value, found["modes_covered"].real) == (5, 25)
    assert found["high_quality_share"].value == whole.high_quality_share
    assert found["high_quality_share"].real == pytest.approx(1 - math.exp(-4.5), abs=0.01)
    assert found["reverse_kl"].value == pytest.approx(math.log(5), abs=0.01)
    assert found["reverse_kl"].real == pytest.approx(24 / 6000, abs=0.003)
    assert any(line.startswith("reverse KL ") for line in found.lines())


def test_stacks_are_judged_channel_by_channel() -> None:
    """Samples that repeat ten stacks cover ten of the thousand classes."""
    data = StackedConfig(digits="digits").build()
    fitted = shipped("digits")
    assert fitted is not None
    found = evaluate([data.items[:10].repeat(30, 1, 1, 1)], data, StackFeatures(ClassifierFeatures(fitted)), 300)
    assert found["classes_covered"].value == 10
    assert found["classes_covered"].real == pytest.approx(1000 * (1 - math.exp(-0.3)), abs=40)
    assert found["class_kl"].value == pytest.approx(math.log(100))
    assert found["class_kl"].protocol["features"].endswith("each channel alone")
    assert found["fid"].value > 3 * (found["fid"].floor or 0)


def test_errors_of_sums_are_those_of_redraws() -> None:
    """Of the mean of all pixels: the spread of the images' means over the root of n; of a share: binomial."""
    found = evaluate(fakes, image_data(2000), ToyEyes(), 1000, metrics=["pixel_mean", "largest_class_share"])
    images = fakes(256).add(1).div(2)
    own = torch.cat([images] * 4).flatten(1).mean(1).std() / 1000**0.5
    assert found["pixel_mean"].error == pytest.approx(float(own), rel=0.8)
    share = found["largest_class_share"]
    assert share.error == pytest.approx((share.value * (1 - share.value) / 1000) ** 0.5, rel=0.8)
