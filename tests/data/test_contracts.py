"""What every row of the table of data sources promises, on tiny data of its kind."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from ganwright.core.config import Config
from ganwright.core.errors import UserError
from ganwright.core.options import options_of
from ganwright.data import DATA, DataConfig, Loader, check_batch, parse_data
from ganwright.data.dataset import Dataset, Endless, NoTestSplit, to_float, to_uint8
from ganwright.data.folder import FolderConfig
from ganwright.data.pack import pack

from .writers import cifar_rows, write_mnist, write_pictures

Options = dict[str, object]


def mnist(folder: Path) -> Options:
    write_mnist(folder / "mnist")
    return {}


def fashion_mnist(folder: Path) -> Options:
    write_mnist(folder / "fashion-mnist")
    return {}


def cifar10(folder: Path) -> Options:
    (folder / "cifar10").mkdir()
    (folder / "cifar10" / "data_batch_1.bin").write_bytes(cifar_rows(30).tobytes())
    (folder / "cifar10" / "test_batch.bin").write_bytes(cifar_rows(20, 1).tobytes())
    return {}


def pictures(folder: Path) -> Options:
    for label in ("a", "b", "c"):
        write_pictures(folder / "pictures" / label, 10)
    return {"path": str(folder / "pictures"), "test_fraction": 0.3}


def npz(folder: Path) -> Options:
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)
    np.savez(folder / "a.npz", images=images, labels=np.arange(30) % 3)
    return {"path": str(folder / "a.npz"), "test_fraction": 0.3}


def packed(folder: Path) -> Options:
    pack(FolderConfig.parse(pictures(folder)), folder / "packed")
    return {"path": str(folder / "packed")}


PREPARED: dict[str, Callable[[Path], Options]] = {
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "stacked-mnist": mnist,
    "cifar10": cifar10,
    "folder": pictures,
    "npz": npz,
    "pack": packed,
}
"""What a kind needs to lie ready; the others need nothing."""


@pytest.fixture(params=DATA)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[DataConfig, str]:
    """A config of each kind, and the data folder its files lie in."""
    kind = request.param
    options = PREPARED[kind](tmp_path) if kind in PREPARED else {}
    return DATA[kind].parse(options), str(tmp_path)


Source = tuple[DataConfig, str]


def test_the_kind_is_the_row(source: Source):
    config, _ = source
    assert DATA[config.tag] is type(config)
    assert type(config).model_fields["kind"].default == config.tag


def test_a_dataset_keeps_the_contract(source: Source):
    config, data_dir = source
    for split in ("train", "test"):
        dataset = config.build(split, data_dir)
        assert isinstance(dataset, Dataset)
        assert dataset.name == config.name
        assert dataset.items.device.type == "cpu"
        assert dataset.spec.bounded == dataset.spec.is_image == (dataset.items.dtype == torch.uint8)
        assert len(dataset) == len(dataset.items) > 0
        assert (dataset.labels is None) == (not dataset.class_names)
        assert re.fullmatch("[0-9a-f]{64}", dataset.content_hash)
        if dataset.spec.is_image:
            assert torch.equal(to_uint8(to_float(dataset.items[:10])), dataset.items[:10])


def test_two_builds_are_equal_and_the_splits_are_not(source: Source):
    config, data_dir = source
    first, second, test = (config.build(split, data_dir) for split in ("train", "train", "test"))
    assert torch.equal(first.items, second.items)
    assert first.content_hash == second.content_hash
    if config.tag not in ("mnist", "fashion-mnist"):  # the fixture writes the same images twice
        assert first.content_hash != test.content_hash
    assert first.spec == test.spec


def test_configs_survive_json_and_do_not_know_the_machine(source: Source):
    config, data_dir = source
    config.build("train", data_dir)
    plain = json.loads(json.dumps(config.plain()))
    assert type(config).parse(plain) == config
    assert "data_dir" not in plain
    if "path" not in plain:
        assert data_dir not in json.dumps(plain)


def test_batches_are_floats_in_range_and_repeat(source: Source):
    config, data_dir = source
    dataset = config.build("train", data_dir)
    loader = Loader(dataset, 4, "cpu", flip=True)
    for position in (0, 7, 1000):
        items, labels = loader.batch(position, 8)
        again, _ = Loader(dataset, 4, "cpu", flip=True).batch(position, 8)
        assert torch.equal(items, again)
        assert items.dtype == torch.float32
        assert items.shape == (8, *dataset.spec.shape)
        assert items.isfinite().all()
        if dataset.spec.bounded:
            assert items.abs().max() <= 1
        assert (labels is None) == (dataset.labels is None)
        if labels is not None:
            assert labels.dtype == torch.int64
            assert labels.max() < dataset.spec.num_classes
    if not isinstance(dataset, Endless):
        with pytest.raises(UserError, match=f"is larger than {re.escape(dataset.name)}, which has {len(dataset)}"):
            check_batch(dataset, len(dataset) + 1)


def test_an_epoch_holds_every_item_once(source: Source):
    config, data_dir = source
    dataset = config.build("train", data_dir)
    if isinstance(dataset, Endless) or len(dataset) > 200:
        pytest.skip("endless, or long")
    drawn, _ = Loader(dataset, 4, "cpu").batch(0, len(dataset))
    rows = sorted(i.numpy().tobytes() for i in to_uint8(drawn))
    assert rows == sorted(i.numpy().tobytes() for i in dataset.items)


def test_every_option_says_what_it_means(source: Source):
    config, _ = source
    for option in options_of(config):
        if option.name != "kind":
            assert len(option.meaning) > 5, option.name


def test_an_unknown_split_or_option(source: Source):
    config, data_dir = source
    with pytest.raises(UserError, match="unknown split 'valid'"):
        config.build("valid", data_dir)
    with pytest.raises(UserError, match="unknown option 'balance'; did you mean 'balanced'"):
        config.override({"balance": True})


def test_a_source_without_test_data_says_so(tmp_path: Path):
    npz(tmp_path)
    write_pictures(tmp_path / "p", 3)
    pack(FolderConfig(path=str(tmp_path / "p")), tmp_path / "k")
    for text in (f"npz:{tmp_path}/a.npz", f"folder:{tmp_path}/p", f"pack:{tmp_path}/k"):
        with pytest.raises(NoTestSplit, match="has no test data"):
            parse_data(text).build("test")


def test_parse_data_reads_words_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for kind in DATA:
        text = f"{kind}:some/place" if "path" in DATA[kind].model_fields else kind
        config = parse_data(text)
        assert (config.tag, config.name) == (kind, text)
    write_pictures(tmp_path / "faces", 3)
    npz(tmp_path)
    pack(FolderConfig(path=str(tmp_path / "faces")), tmp_path / "packed")
    monkeypatch.chdir(tmp_path)
    for text, kind in (("faces", "folder"), ("./faces/", "folder"), ("a.npz", "npz"), ("packed", "pack")):
        assert (parse_data(text).tag, getattr(parse_data(text), "path", None)) == (kind, text)
    assert parse_data("folder:C:/x").name == "folder:C:/x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("minst", "unknown data set 'minst'; did you mean 'mnist'"),
        ("cifar", "unknown data set 'cifar'; did you mean 'cifar10'"),
        ("folder", "'folder' needs a path: folder:PATH"),
        ("folder:", "'folder' needs a path"),
        ("digits:8", "'digits' takes no path; write just digits"),
        ("some/where", "there is no file or folder 'some/where'"),
        ("faces.npz", "there is no file or folder 'faces.npz'"),
        ("", "unknown data set ''"),
        (__file__, r"is neither a folder nor a .npz file"),
    ],
)
def test_parse_data_refuses_with_the_nearest_names(text: str, message: str):
    with pytest.raises(UserError, match=message):
        parse_data(text)


def test_configs_form_a_tagged_union():
    from typing import Annotated

    from ganwright.core.config import Tagged

    class Run(Config):
        data: Annotated[DataConfig, Tagged(DATA)]

    assert isinstance(Run.parse({"data": "digits"}).data, DATA["digits"])
    assert Run.parse({"data": {"kind": "folder", "path": "x"}}).data.name == "folder:x"
    with pytest.raises(UserError, match=r"'data.path' is missing"):
        Run.parse({"data": "folder"})
    assert TypeAdapter(Run).json_schema()["properties"]["data"]["discriminator"]
