"""The object that `load` gives: samples, classes, truncation, pictures; and that it needs nothing of training."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import ganwright as gw
from ganwright.core.errors import UserError
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, read_mark
from ganwright.export import About, Exported, tensors

from .networks import make


def exported(tmp_path: Path, kind: str = "mlp", **changes: object) -> Exported:
    generator, about = make(kind)
    tensors.write(generator, about.model_copy(update=changes), tmp_path / "generator.safetensors")
    return gw.load(tmp_path / "generator.safetensors")


def test_samples_follow_seed_and_class_and_do_not_depend_on_their_number(tmp_path: Path) -> None:
    generator = exported(tmp_path)
    many = generator.sample(300, seed=3)
    assert many.shape == (300, 1, 8, 8)
    assert torch.allclose(generator.sample(5, seed=3), many[:5], atol=1e-6)
    assert not torch.allclose(generator.sample(5, seed=4), many[:5], atol=1e-3)
    ones = generator.sample(6, seed=3, labels="one")
    assert torch.equal(ones, generator.sample(6, seed=3, labels=1))
    assert torch.equal(ones, generator.sample(6, seed=3, labels=["one", 1, "1", 1, 1, 1]))
    assert torch.equal(ones, generator.sample(6, seed=3, labels=torch.ones(6, dtype=torch.int64)))
    assert torch.allclose(ones[1], many[1], atol=1e-6)  # by default classes come in turn
    assert not torch.allclose(ones[0], many[0], atol=1e-4)


def test_truncation_of_latents_bounds_them(tmp_path: Path) -> None:
    generator = exported(tmp_path)
    seen: list[torch.Tensor] = []
    record: Any = lambda z, *_: seen.append(z) or torch.zeros(len(z), 1, 8, 8)  # noqa: E731
    kept = Exported(generator.path, generator.about, record)
    kept.sample(200, truncation=0.5)
    assert 0.4 < seen[0].abs().max() <= 0.5
    cut = Exported(generator.path, generator.about.model_copy(update={"latent": "truncated"}), kept.make)
    cut.sample(200)
    cut.sample(200, truncation=1.0)
    assert 1.5 < seen[1].abs().max() <= 2.0
    assert seen[2].abs().max() <= 1.0
    with pytest.raises(UserError, match="above 0"):
        generator.sample(2, truncation=0)
    uniform = Exported(generator.path, generator.about.model_copy(update={"truncation": "none"}), kept.make)
    with pytest.raises(UserError, match="cannot be truncated"):
        uniform.sample(2, truncation=0.5)


def test_truncation_of_styles_leads_to_their_mean(tmp_path: Path) -> None:
    generator = exported(tmp_path, "stylegan2")
    mean = generator.sample(3, labels=0, truncation=0)
    assert torch.allclose(mean[0], mean[2], atol=1e-6)
    assert torch.equal(generator.sample(3, truncation=1), generator.sample(3))
    with pytest.raises(UserError, match="0 \\(the mean\\) to 1"):
        generator.sample(2, truncation=1.5)


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    generator = exported(tmp_path)
    mistakes: Any = (
        ({"labels": "thre"}, "no class 'thre'"),
        ({"labels": 3}, "no class '3'; classes 0 to 2"),
        ({"labels": [0, 1]}, "4 samples need as many labels, not 2"),
    )
    for wrong, told in mistakes:
        with pytest.raises(UserError, match=told):
            generator.sample(4, **wrong)
    with pytest.raises(UserError, match="1 or more"):
        generator.sample(0)
    unconditional = Exported(generator.path, generator.about.model_copy(update={"num_classes": 0}), generator.make)
    with pytest.raises(UserError, match="unconditional"):
        unconditional.sample(2, labels=0)


def test_pictures_carry_the_mark(tmp_path: Path) -> None:
    generator = exported(tmp_path)
    (file,) = generator.save_samples(tmp_path / "grid", 4, seed=2)
    marks = read_mark(file)
    assert marks["digital_source_type"] == TRAINED_ALGORITHMIC_MEDIA
    assert marks["seed"] == "2"
    assert marks["weights"] == generator.about.weights_sha256[:12]
    files = generator.save_samples(tmp_path / "each", 3, each=True)
    assert [f.name for f in files] == ["000000.png", "000001.png", "000002.png"]
    assert read_mark(files[2])["index"] == "2"
    with pytest.raises(UserError, match="is a folder"):
        generator.save_samples(tmp_path, 4)


def test_what_a_file_says_of_itself_round_trips(tmp_path: Path) -> None:
    _, about = make("mlp")
    assert About.model_validate_json(about.model_dump_json()) == about


def test_loading_needs_nothing_of_training_and_leaves_the_random_state(tmp_path: Path) -> None:
    path = exported(tmp_path).path
    code = (
        "import sys, torch, ganwright as gw; torch.set_num_threads(1); torch.manual_seed(5); a = torch.get_rng_state();"
        "images = gw.load(sys.argv[1]).sample(2); assert images.shape == (2, 1, 8, 8);"
        "assert torch.equal(a, torch.get_rng_state()); print(*sorted(m for m in sys.modules if 'ganwright.' in m))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    assert loaded == {"core", "ops", "networks", "export"}
