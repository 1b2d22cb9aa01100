"""Grids, plots and the marks in PNG files."""

from pathlib import Path

import pytest
import torch
from PIL import Image, PngImagePlugin
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.pictures import (
    TRAINED_ALGORITHMIC_MEDIA,
    grid,
    histogram,
    panel,
    read_mark,
    scatter,
    write_png,
)


def images(num: int, channels: int = 1, size: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (num, channels, size, size), generator=generator, dtype=torch.uint8)


def cell(picture: Image.Image, row: int, column: int, size: int, gutter: int) -> Image.Image:
    left, top = column * (size + gutter), row * (size + gutter)
    return picture.crop((left, top, left + size, top + size))


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_every_image_is_in_its_cell_pixel_for_pixel(channels: int, mode: str) -> None:
    batch = images(7, channels)
    picture = grid(batch, num_columns=3, scale=1)
    assert picture.mode == mode
    assert picture.size == (3 * 9 - 1, 3 * 9 - 1)
    for index, image in enumerate(batch):
        expected = Image.frombytes(mode, (8, 8), image.permute(1, 2, 0).contiguous().numpy().tobytes())
        assert cell(picture, index // 3, index % 3, 8, 1).tobytes() == expected.tobytes()


@pytest.mark.parametrize(("size", "cell_size"), [(1, 48), (8, 48), (28, 56), (32, 64), (64, 64), (100, 100)])
def test_small_images_are_enlarged_by_whole_factors(size: int, cell_size: int) -> None:
    batch = images(4, size=size)
    picture = grid(batch)
    gutter = 1 if size == cell_size else 2
    assert picture.size == (2 * cell_size + gutter, 2 * cell_size + gutter)
    first = cell(picture, 0, 0, cell_size, gutter)
    assert first.resize((size, size), Image.Resampling.NEAREST).tobytes() == batch[0].numpy().tobytes()
    assert sorted(first.getcolors(99999) or []) == sorted(
        (n * (cell_size // size) ** 2, tone)
        for n, tone in (Image.frombytes("L", (size, size), batch[0].numpy().tobytes()).getcolors(99999) or [])
    )


def test_the_grid_is_as_square_as_it_can_be_and_no_wider_than_its_images() -> None:
    assert grid(images(10), scale=1).size == (4 * 9 - 1, 3 * 9 - 1)
    assert grid(images(2), num_columns=8, scale=1).size == (2 * 9 - 1, 8)


@pytest.mark.parametrize("bad", [images(1)[0], images(1).float(), images(0), images(2, channels=2)])
def test_what_is_no_batch_of_images_is_refused(bad: Tensor) -> None:
    with pytest.raises(UserError, match="a grid needs uint8 images"):
        grid(bad)
    with pytest.raises(UserError, match="at least 1 column"):
        grid(images(2), scale=0)


ORANGE = (245, 158, 66)
SLATE = (100, 114, 138)


def share_near(picture: Image.Image, box: tuple[int, int, int, int], tone: tuple[int, int, int]) -> float:
    data = torch.frombuffer(bytearray(picture.crop(box).tobytes()), dtype=torch.uint8).view(-1, 3).int()
    return float(((data - torch.tensor(tone)).abs().amax(1) < 40).float().mean())


def test_points_are_where_they_belong() -> None:
    """Reference in the lower left and upper right corner, samples in the upper left: y points up."""
    reference = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    picture = scatter(torch.tensor([[-1.0, 1.0]]).repeat(50, 1), reference, size=200)
    assert picture.size == (200, 200)
    low, high = 20, 180  # the window is 1.25 times the reference's square
    upper_left = (low - 1, low - 1, low + 2, low + 2)
    upper_right, lower_left = (high - 2, low - 1, high + 1, low + 2), (low - 1, high - 2, low + 2, high + 1)
    assert share_near(picture, upper_left, ORANGE) > 0.3  # a disc, softened at its edge
    assert share_near(picture, upper_right, ORANGE) == share_near(picture, lower_left, ORANGE) == 0
    assert share_near(picture, upper_right, (56, 63, 78)) > 0.3  # a lone point is half transparent
    assert share_near(picture, (high - 2, high - 2, high + 1, high + 1), ORANGE) == 0


def test_the_window_is_the_references_and_far_points_stand_on_its_border() -> None:
    reference = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    near = scatter(torch.zeros(1, 2), reference)
    far = scatter(torch.tensor([[0.0, 0.0], [1e6, 0.0]]), reference)
    assert near.crop((0, 0, 350, 384)).tobytes() == far.crop((0, 0, 350, 384)).tobytes()
    assert near.tobytes() != far.tobytes()


def test_degenerate_points_make_a_picture() -> None:
    bad = torch.tensor([[torch.nan, 0.0], [torch.inf, 1.0]])
    assert scatter(bad, torch.zeros(3, 2)).tobytes() == scatter(bad[:0], torch.zeros(3, 2)).tobytes()
    assert histogram(bad[:, :1], torch.zeros(3, 1)).size == (384, 384)
    assert scatter(bad).size == (384, 384)


def test_a_histogram_is_high_where_the_points_are() -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.cat([torch.randn(2000, 1, generator=generator) - 4, torch.randn(2000, 1, generator=generator) + 4])
    picture = histogram(torch.randn(4000, 1, generator=generator), real, size=384)
    thirds = [(0, 250, 128, 350), (150, 250, 234, 350), (256, 250, 384, 350)]
    slate = [share_near(picture, box, SLATE) for box in thirds]
    assert slate[0] > 0.2
    assert slate[2] > 0.2
    assert slate[1] < 0.05
    assert share_near(picture, (150, 0, 234, 384), ORANGE) > 5 * share_near(picture, (0, 0, 128, 370), ORANGE)


def test_the_panel_picks_by_shape() -> None:
    generator = torch.Generator().manual_seed(0)
    wide, flat = torch.randn(50, 3, generator=generator), torch.randn(50, 1, generator=generator)
    assert panel(images(4)).tobytes() == grid(images(4)).tobytes()
    assert panel(wide[:, :2], wide[:, 1:]).tobytes() == scatter(wide[:, :2], wide[:, 1:]).tobytes()
    assert panel(wide, wide).tobytes() == scatter(wide[:, :2], wide[:, :2]).tobytes()
    assert panel(flat, flat).tobytes() == histogram(flat, flat).tobytes()
    assert panel(wide[:, :2]).tobytes() == scatter(wide[:, :2]).tobytes()
    for bad in (torch.zeros(3), torch.zeros(0, 2), torch.zeros(2, 3, 4)):
        with pytest.raises(UserError, match="a panel needs"):
            panel(bad)


def test_the_mark_and_the_texts_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sample.png"
    text = {"recipe": "dcgan-28", "seed": "7", "software": "ganwright 0.1.0", "title": "数字 ✓"}
    write_png(grid(images(4)), path, text)
    assert read_mark(path) == {**text, "digital_source_type": TRAINED_ALGORITHMIC_MEDIA}
    with Image.open(path) as image:
        assert image.tobytes() == grid(images(4)).tobytes()
    assert [p.name for p in path.parent.iterdir()] == ["sample.png"]


def test_real_pictures_are_not_marked(tmp_path: Path) -> None:
    write_png(grid(images(4)), tmp_path / "real.png", {"data": "digits"}, synthetic=False)
    assert read_mark(tmp_path / "real.png") == {"data": "digits"}
    assert b"trainedAlgorithmicMedia" not in (tmp_path / "real.png").read_bytes()


def test_the_packet_is_where_readers_look_for_it(tmp_path: Path) -> None:
    """XMP specification, part 3: in PNG an uncompressed iTXt chunk with the keyword XML:com.adobe.xmp."""
    write_png(grid(images(4)), tmp_path / "a.png", {})
    data = (tmp_path / "a.png").read_bytes()
    start = data.index(b"iTXtXML:com.adobe.xmp\0\0\0\0\0<?xpacket begin=")
    assert start < data.index(b"IDAT")
    with Image.open(tmp_path / "a.png") as image:
        assert "Iptc4xmpExt" in str(image.info["xmp"])


def test_equal_pictures_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_png(grid(images(4)), tmp_path / name, {"seed": "1"})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (
            '<r xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><d e:DigitalSourceType="http://x/y"/></r>',
            "http://x/y",
        ),
        ("<not closed", None),
        ("", None),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', None),
    ],
)
def test_packets_of_other_programs(tmp_path: Path, packet: str, expected: str | None) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    Image.new("L", (2, 2)).save(tmp_path / "a.png", pnginfo=info)
    assert read_mark(tmp_path / "a.png").get("digital_source_type") == expected


def test_files_that_are_no_pictures_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    write_png(grid(images(4)), tmp_path / "cut.png", {})
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:300])
    for name in ("text.png", "cut.png", "absent.png"):
        with pytest.raises(UserError, match=f"cannot read .*{name}") as caught:
            read_mark(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_png(grid(images(4)), tmp_path / "file" / "a.png", {})
