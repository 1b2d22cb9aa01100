"""The extractor of FID: input by rule, probabilities, weights from files, hashes, and one line for what goes wrong."""

from pathlib import Path

import numpy as np
import pooch
import pytest
import safetensors.torch
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.metrics.features import inception
from ganwright.metrics.features.base import ClassifyingExtractor
from ganwright.metrics.features.inception import InceptionFeatures
from ganwright.networks.inception import FidInception


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    network = FidInception()
    state = {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    return {k: 2.4 * v if v.ndim == 4 else v for k, v in state.items()}


@pytest.fixture(scope="module")
def file(weights, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "inception.safetensors"
    safetensors.torch.save_file({k: v.contiguous() for k, v in weights.items()}, path)
    return path


@pytest.fixture(scope="module")
def eyes(file) -> InceptionFeatures:
    return InceptionFeatures(file)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randint(0, 256, (3, 3, 40, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def with_rule(file: Path, rule: str) -> InceptionFeatures:
    return InceptionFeatures(file, rule)


def test_features_and_probabilities(eyes, images, monkeypatch):
    looks: ClassifyingExtractor = eyes
    assert isinstance(looks, ClassifyingExtractor)
    assert eyes.resize == "antialiased-bilinear to 299x299"
    features, classes = eyes.classify(images)
    assert features.shape == (3, 2048)
    assert classes.shape == (3, 1008)
    logits = features.double() @ eyes.network.fc.weight.double().T  # no bias: Salimans et al. leave it out
    torch.testing.assert_close(classes, logits.softmax(1).float(), rtol=1e-4, atol=1e-7)
    assert eyes.network.fc.bias.abs().max() > 0
    monkeypatch.setattr(inception, "BATCH_SIZE", 2)
    torch.testing.assert_close(eyes(images), features, rtol=1e-4, atol=1e-5)


def test_gray_alpha_and_float_images(eyes, images):
    gray = images[:, :1]
    assert torch.equal(eyes.prepared(gray), eyes.prepared(gray.repeat(1, 3, 1, 1)))
    assert torch.equal(eyes.prepared(torch.cat([images, gray], 1)), eyes.prepared(images))
    torch.testing.assert_close(eyes.prepared(images.double() / 127.5 - 1), eyes.prepared(images), rtol=0, atol=1e-5)
    for wrong in (torch.zeros(4, 2), torch.zeros(4, 2, 8, 8)):
        with pytest.raises(UserError, match="gray or RGB images, not at items of shape"):
            eyes(wrong)


def test_bytes_of_full_size_become_the_numbers_it_was_trained_on(eyes, file):
    shades = torch.arange(256, dtype=torch.uint8).repeat(350)[: 299 * 299].view(1, 1, 299, 299).repeat(1, 3, 1, 1)
    torch.testing.assert_close(eyes.prepared(shades), (shades.float() - 128) / 128, rtol=0, atol=1e-6)
    legacy = with_rule(file, "legacy-pytorch").prepared(shades)
    torch.testing.assert_close(legacy, 2 * (shades.float() / 255) - 1, rtol=0, atol=1e-6)


def test_legacy_pytorch_is_what_pytorch_fid_computes(file, images):
    expected = 2 * F.interpolate(images.float() / 255, (299, 299), mode="bilinear", align_corners=False) - 1
    torch.testing.assert_close(with_rule(file, "legacy-pytorch").prepared(images), expected, rtol=0, atol=1e-5)


def test_legacy_tensorflow_takes_corners_of_pixels(file, images):
    pixels = images[0].double().numpy()
    rows, columns = np.arange(299) * (40 / 299), np.arange(299) * (24 / 299)
    low, left = rows.astype(int), columns.astype(int)
    high, right = np.minimum(low + 1, 39), np.minimum(left + 1, 23)
    down, over = (rows - low)[:, None], columns - left
    top = pixels[:, low][:, :, left] * (1 - over) + pixels[:, low][:, :, right] * over
    bottom = pixels[:, high][:, :, left] * (1 - over) + pixels[:, high][:, :, right] * over
    expected = torch.from_numpy((top * (1 - down) + bottom * down - 128) / 128).float()
    found = with_rule(file, "legacy-tensorflow").prepared(images)[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("rule", "filtering", "clipped"),
    [
        ("antialiased-bilinear", "BILINEAR", False),
        ("antialiased-bicubic", "BICUBIC", False),
        ("clean", "BICUBIC", True),
    ],
)
def test_antialiased_rules_are_pillows_in_float(file, rule, filtering, clipped):
    large = torch.randint(0, 256, (1, 3, 700, 320), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    planes = [Image.fromarray(plane.float().numpy()) for plane in large[0]]
    resized = [np.asarray(p.resize((299, 299), getattr(Image.Resampling, filtering))) for p in planes]
    expected = torch.from_numpy((np.stack(resized).clip(0, 255) if clipped else np.stack(resized)) / 128 - 1)
    torch.testing.assert_close(with_rule(file, rule).prepared(large)[0], expected, rtol=0, atol=2e-4)


def test_unknown_rule(file):
    with pytest.raises(UserError, match=r"resize rule.*legacy-tensorflow"):
        InceptionFeatures(file, "legacy-tensorflw")


@pytest.mark.parametrize(("prefix", "zipped"), [("", False), ("state_dict.module.", True)])
def test_pth_and_safetensors_agree(eyes, weights, tmp_path, zipped, prefix):
    named = {prefix.removeprefix("state_dict.") + k: v for k, v in weights.items()}
    named |= {f"{prefix.removeprefix('state_dict.')}Mixed_5b.branch1x1.bn.num_batches_tracked": torch.tensor(0)}
    tree = {"state_dict": named, "epoch": 3} if prefix else named
    torch.save(tree, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    network = inception.load_network(tmp_path / "w.pth")
    assert inception.weights_hash(network)[:12] == eyes.hash
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), eyes.network.parameters(), strict=True))
    assert not network.training


def test_hash_changes_with_any_number(eyes, file):
    network = inception.load_network(file)
    network.fc.bias[1000] += 1
    assert inception.weights_hash(network)[:12] != eyes.hash


def written(weights: dict[str, Tensor], path: Path) -> Path:
    safetensors.torch.save_file(weights, path)
    return path


def test_wrong_weights_files(weights, tmp_path):
    few = {k: v.contiguous() for k, v in weights.items()}
    cases = {
        "lacks fc.bias; ": {k: v for k, v in few.items() if k != "fc.bias"},
        "has an unknown AuxLogits.fc.bias": {**few, "AuxLogits.fc.bias": torch.zeros(1)},
        r"fc.weight has the shape \(1000, 2048\), not \(1008, 2048\)": {**few, "fc.weight": torch.zeros(1000, 2048)},
        "fc.bias holds values that are no finite numbers": {**few, "fc.bias": torch.full((1008,), torch.nan)},
        "holds no FID Inception": {"weight": torch.zeros(3)},
    }
    for message, tensors in cases.items():
        with pytest.raises(UserError, match=message) as caught:
            InceptionFeatures(written(tensors, tmp_path / "w.safetensors"))
        assert "\n" not in str(caught.value)
    path = tmp_path / "w.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match=r"no \.safetensors file, or is damaged"):
        InceptionFeatures(path)
    with pytest.raises(UserError, match=r"cannot read .*gone"):
        InceptionFeatures(tmp_path / "gone.safetensors")
    with pytest.raises(UserError, match=r"cannot read .*gone"):
        InceptionFeatures(tmp_path / "gone.pth")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionError("no route"), r"github\.com could not be reached"),
        (ValueError("SHA256 hash of downloaded file does not match the known hash: expected ..."), "wrong checksum"),
        (PermissionError(13, "Permission denied", "/cache"), "cannot write the cache .*Permission denied"),
    ],
)
def test_a_failing_download_says_what_to_do(monkeypatch, error, message):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(pooch, "retrieve", fail)
    with pytest.raises(UserError, match=rf"{message}.*get https://.*6726825d\.pth.*--weights FILE") as caught:
        InceptionFeatures()
    assert "\n" not in str(caught.value)


def test_the_download_is_checked_and_kept(monkeypatch, tmp_path, weights):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = {}

    def retrieve(url, known_hash, fname, path, downloader):
        asked.update(url=url, known_hash=known_hash)
        Path(path).mkdir(parents=True)
        torch.save(weights, Path(path) / fname)
        return str(Path(path) / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    InceptionFeatures()
    assert asked["known_hash"].startswith("sha256:6726825d")
    assert len(asked["known_hash"]) == len("sha256:") + 64
    assert asked["url"].endswith("-6726825d.pth")
    assert list(tmp_path.rglob("*.pth"))
