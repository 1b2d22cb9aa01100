"""What every format promises for every family of generators, and what it refuses."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA
from ganwright.export import FORMATS, Exported, graphs, load, onnx, tensors
from ganwright.export.calls import call, frozen
from ganwright.export.parity import LIMIT, parity
from ganwright.networks import GENERATORS
from ganwright.networks.layers.growth import Growing
from ganwright.networks.progan import ProGANGenerator

from .networks import make


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_family_survives_every_format(kind: str, tmp_path: Path) -> None:
    generator, about = make(kind)
    latents, labels = torch.randn(4, about.latent_size), torch.tensor([0, 1, 2, 0])
    before = call(generator, latents, labels)
    for name, form in FORMATS.items():
        file = tmp_path / f"generator{form.ending}"
        form.write(generator, about, file)
        exported = load(file)
        assert exported.about == about
        largest = parity(generator, exported.make, about).largest
        assert largest <= (0 if name == "safetensors" else 2e-5)
        assert not torch.equal(exported.make(latents, labels), exported.make(latents, (labels + 1) % 3))
    assert torch.equal(call(generator, latents, labels), before)  # nothing of the tracing stays behind


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exported]:
    """One unconditional style-based generator in both kinds of graphs."""
    folder = tmp_path_factory.mktemp("styled")
    generator, about = make("stylegan2", conditional=False)
    found = {}
    for name in ("onnx", "torch-export"):
        file = folder / f"styled{FORMATS[name].ending}"
        FORMATS[name].write(generator, about, file)
        found[name] = load(file)
    return found


@pytest.mark.parametrize("name", ["onnx", "torch-export"])
def test_styles_are_truncated_and_noise_may_be_given(styled: dict[str, Exported], name: str) -> None:
    exported = styled[name]
    latents = torch.randn(3, exported.about.latent_size, generator=torch.Generator().manual_seed(1))
    mean = exported.make(latents, None, truncation=0.0)
    assert torch.allclose(mean[0], mean[1], atol=1e-6)
    first, second = exported.make(latents, None)[:2]
    assert not torch.allclose(first, second, atol=1e-3)
    maps = [torch.randn(3, 1, *sides) for sides in exported.about.noises]
    one_for_all = [each[:1] for each in maps]
    assert torch.allclose(exported.make(latents, None, 1.0, maps)[0], exported.make(latents, None, 1.0, one_for_all)[0])
    same = latents[:1].expand(3, -1).contiguous()
    differ = exported.make(same, None, 1.0, maps)
    assert not torch.allclose(differ[0], differ[1], atol=1e-4)


def test_onnx_inputs_have_names_free_batches_and_usual_values(styled: dict[str, Exported]) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(styled["onnx"].path), options)
    assert [(i.name, i.shape[0], i.type) for i in session.get_inputs()] == [("latents", "batch", "tensor(float)")]
    assert session.get_outputs()[0].shape == ["batch", 1, 8, 8]
    optional = [i.name for i in session.get_overridable_initializers()]
    assert optional == ["truncation", *(f"noise_{i}" for i in range(len(styled["onnx"].about.noises)))]
    entries = session.get_modelmeta().custom_metadata_map
    assert entries["digital_source_type"] == TRAINED_ALGORITHMIC_MEDIA
    assert entries["data_licence"] == "CC BY 4.0"


def test_a_generator_that_still_grows_stays_as_far_as_it_has_grown() -> None:
    generator, about = make("progan")
    assert isinstance(generator, ProGANGenerator)
    generator.growth.set(1, 2, 0, 0)
    assert generator.growth.stage() == (1, 0.5)
    copied: Any = frozen(generator)
    generator.growth.set(10, 2, 0, 0)
    assert isinstance(copied, Growing)
    assert copied.growth.stage() == (1, 0.5)
    assert generator.growth.stage() == (1, 1.0)
    del about


def test_parity_refuses_what_differs_and_what_is_not_finite() -> None:
    generator, about = make("mlp")

    def off_by(wrong: float) -> Any:
        return lambda *given: call(generator, *given) + wrong

    for wrong in (2 * LIMIT, float("nan")):
        with pytest.raises(UserError, match="differs from the trained one"):
            parity(generator, off_by(wrong), about)
    near = parity(generator, off_by(LIMIT / 2), about)
    assert near.largest == pytest.approx(LIMIT / 2, rel=1e-2)


def test_a_damaged_or_foreign_file_is_told_in_one_line(tmp_path: Path) -> None:
    generator, about = make("mlp")
    file = tmp_path / "generator.safetensors"
    tensors.write(generator, about, file)
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    with pytest.raises(UserError, match="damaged: its weights do not match"):
        load(file)
    file.write_bytes(data[:100])
    with pytest.raises(UserError, match="cannot read"):
        load(file)
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, file)
    with pytest.raises(UserError, match="was not written by `ganwright export`"):
        load(file)
    for name in ("x.onnx", "x.pt2"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(UserError, match="export the run again"):
            load(tmp_path / name)
    with pytest.raises(UserError, match="there is no file"):
        load(tmp_path / "missing.onnx")
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(UserError, match=r"ends in none of .safetensors, .onnx, .pt2"):
        load(tmp_path / "x.txt")


def _rewritten(source: Path, target: Path, change: Any) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))


def test_an_archive_that_could_run_code_is_refused_before_it_is_read(
    styled: dict[str, Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = styled["torch-export"].path

    def call_system(name: str, data: bytes) -> bytes:
        return data.replace(b"torch.ops.aten.add.Tensor", b"os.system") if "/models/" in name else data

    def formula(name: str, data: bytes) -> bytes:
        if "/models/" not in name:
            return data
        return data.replace(b"Symbol('s", b"__import__('os').system('true') or Symbol('s")

    def pickled(name: str, data: bytes) -> bytes:
        if not name.endswith("weights_config.json"):
            return data
        config = json.loads(data)
        next(iter(config["config"].values()))["use_pickle"] = True
        return json.dumps(config).encode()

    def sample_inputs(name: str, data: bytes) -> bytes:
        return b"pickle" if "/sample_inputs/" in name else data

    monkeypatch.setattr(torch.export, "load", lambda *a, **k: pytest.fail("it was read"))
    for change in (call_system, formula, pickled, sample_inputs):
        target = tmp_path / f"{change.__name__}.pt2"
        _rewritten(source, target, change)
        assert target.read_bytes() != source.read_bytes()
        with pytest.raises(UserError, match="could run code"):
            graphs.read(target)


def test_onnx_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx, "find_spec", lambda name: None if name == "onnxscript" else True)
    generator, about = make("mlp")
    with pytest.raises(UserError, match=r"need onnxscript; pip install 'ganwright\[onnx\]'"):
        onnx.write(generator, about, tmp_path / "x.onnx")
