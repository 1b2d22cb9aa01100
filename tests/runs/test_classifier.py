"""Which eyes a data set is judged with."""

import numpy as np
import torch

from ganwright.data.digits import DigitsConfig
from ganwright.data.mixtures import Ring8Config
from ganwright.data.npz import NpzConfig
from ganwright.data.stacked import StackedConfig
from ganwright.metrics.classifiers import SHIPPED, save
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.modes import StackFeatures
from ganwright.runs.classifier import features_for, planned_fit, ready_for
from ganwright.training import Callback


def test_stacked_digits_are_judged_by_the_classifier_of_single_ones():
    source = StackedConfig(digits="digits", labelled=True)
    data = source.build()
    ready = features_for(source, data, "auto", None)
    given = features_for(source, data, SHIPPED / "digits", None)
    single = features_for(DigitsConfig(), DigitsConfig().build(), "auto", None)
    assert isinstance(ready, StackFeatures)
    assert isinstance(given, StackFeatures)
    assert isinstance(single, ClassifierFeatures)
    assert ready.hash == given.hash == single.hash
    assert ready.classify(data.items[:4])[1].shape == (4, 1000)
    assert features_for(source, data, "none", None) is None


def test_points_have_no_classifier():
    assert features_for(Ring8Config(labelled=True), Ring8Config(labelled=True).build(), "auto", None) is None


def test_small_images_get_small_patches_and_small_shifts():
    source = DigitsConfig()
    small = planned_fit(source, source.build(), network="vit").config.plain()["algorithm"]
    assert (small["classifier"]["patch"], small["shift"]) == (2, 1)
    larger = DigitsConfig(size=16)
    usual = planned_fit(larger, larger.build(), network="vit").config.plain()["algorithm"]
    assert (usual["classifier"]["patch"], usual["shift"]) == (4, 2)


def test_without_a_test_split_every_tenth_item_is_held_out(tmp_path):
    digits = DigitsConfig().build()
    assert digits.labels is not None
    np.savez(tmp_path / "own.npz", images=digits.items.numpy(), labels=digits.labels.numpy())
    source = NpzConfig(path=str(tmp_path / "own.npz"))
    wanted = planned_fit(source, source.build())
    assert (len(wanted.test), len(wanted.train)) == (150, 1350)
    assert torch.equal(wanted.test.items, digits.items[::10])


def test_the_seed_and_callbacks_reach_the_engine():
    class Listening(Callback):
        seen = 0

        def on_iteration(self, num_images: int) -> None:
            self.seen = num_images

    source, listening = DigitsConfig(), Listening()
    data = source.build()
    one, same, other = (planned_fit(source, data, images=256, seed=s).run([listening]) for s in (0, 0, 1))
    assert listening.seen == 256
    weights = [torch.cat([p.flatten() for p in f.network.parameters()]) for f in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_classifier_is_ready_where_it_ships_or_was_fitted_and_nothing_is_fitted_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr("ganwright.runs.classifier.cache_folder", lambda: tmp_path / "cache")
    digits = DigitsConfig().build()
    ships = ready_for(DigitsConfig(), digits, None)
    assert ships is not None
    assert ships.data.startswith("digits")
    assert digits.labels is not None
    np.savez(tmp_path / "own.npz", images=digits.items.numpy(), labels=digits.labels.numpy())
    source = NpzConfig(path=str(tmp_path / "own.npz"))
    own = source.build()
    assert ready_for(source, own, None) is None
    wanted = planned_fit(source, own)
    wanted.place.parent.mkdir()
    save(ships, wanted.place)
    found = ready_for(source, own, None)
    assert found is not None
    assert found.hash == ships.hash


def test_points_stacks_and_few_items_have_none_ready(tmp_path):
    stacks = StackedConfig(digits="digits", labelled=True)
    assert ready_for(stacks, stacks.build(), None) is None
    ring = Ring8Config(labelled=True)
    assert ready_for(ring, ring.build(), None) is None
    np.savez(tmp_path / "few.npz", images=np.zeros((4, 8, 8, 1), np.uint8), labels=np.arange(4) % 2)
    few = NpzConfig(path=str(tmp_path / "few.npz"))
    assert ready_for(few, few.build(), None) is None
