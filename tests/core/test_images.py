"""Pictures of every mode become the right 8-bit pixels; what cannot be read is one line that names the file."""

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.core.images import MAX_PIXELS, Channels, decode, read_header, read_image, to_array

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.stack([RAMP, RAMP[::-1], RAMP.T], 2)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def pixels(data: bytes, channels: Channels = "rgb", background: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    return to_array(decode(data, "name", channels, background))


def test_rgb_and_gray_are_exact():
    assert np.array_equal(pixels(encoded(Image.fromarray(COLOURS))), COLOURS.transpose(2, 0, 1))
    assert np.array_equal(pixels(encoded(Image.fromarray(RAMP)), "gray"), RAMP[None])
    assert np.array_equal(pixels(encoded(Image.fromarray(RAMP)), "rgb"), np.stack([RAMP] * 3))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_16_bit_is_scaled_not_clipped(format: str):
    values = np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)
    result = pixels(encoded(Image.fromarray(values), format), "gray")
    assert np.array_equal(result[0], (values / 257).round())
    full = np.full((2, 2), 65535, np.uint16)
    assert pixels(encoded(Image.fromarray(full), format)).min() == 255


def test_16_bit_of_the_other_byte_order():
    values = np.array([[0, 257, 25700, 65535]], ">u2")
    header = struct.pack(">2sHI", b"MM", 42, 8 + values.nbytes)
    tags = [(256, 3, 1, 4), (257, 3, 1, 1), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(277, 3, 1, 1), (278, 3, 1, 1), (279, 4, 1, values.nbytes)]
    layouts = {3: ">HHIHH", 4: ">HHII"}
    entries = [struct.pack(layouts[k], t, k, n, *[v, 0][: 5 - k]) for t, k, n, v in tags]
    tiff = header + values.tobytes() + struct.pack(">H", len(tags)) + b"".join(entries) + bytes(4)
    assert pixels(tiff, "gray").tolist() == [[[0, 1, 100, 255]]]


def test_32_bit_whole_numbers():
    as_16_bit = np.array([[0, 25700, 65535]], np.int32)
    assert pixels(encoded(Image.fromarray(as_16_bit), "TIFF"), "gray").tolist() == [[[0, 100, 255]]]
    large = np.array([[0, 2**30, 2**31 - 1]], np.int32)
    assert pixels(encoded(Image.fromarray(large), "TIFF"), "gray").tolist() == [[[0, 128, 255]]]


@pytest.mark.parametrize("scale", [1, 255, 65535])
def test_real_numbers(scale: int):
    values = np.array([[0, 0.5, 1]], np.float32) * scale
    assert pixels(encoded(Image.fromarray(values), "TIFF"), "gray").tolist() == [[[0, 128, 255]]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -1, 1e9])
def test_real_numbers_of_no_known_range(value: float):
    with pytest.raises(UserError, match="name: real-valued pixels outside 0 to 65535"):
        decode(encoded(Image.fromarray(np.array([[0, value]], np.float32)), "TIFF"), "name")


def test_one_bit_palette_and_cmyk():
    bits = Image.fromarray(RAMP).convert("1")
    assert set(np.unique(pixels(encoded(bits), "gray"))) == {0, 255}
    palette = Image.fromarray(COLOURS).quantize(8)
    assert np.array_equal(pixels(encoded(palette)), to_array(palette.convert("RGB")))
    cmyk = Image.new("CMYK", (4, 4), (0, 255, 255, 0))  # no cyan, all magenta and yellow: red
    for format in ("TIFF", "JPEG"):
        red, green, blue = pixels(encoded(cmyk, format))[:, 0, 0].tolist()
        assert red > 250
        assert max(green, blue) < 5


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_over_the_background(mode: str):
    image = Image.new(mode, (3, 1))
    colours = [(0,) * (len(mode) - 1) + (a,) for a in (0, 128, 255)]
    for x, colour in enumerate(colours):
        image.putpixel((x, 0), colour)
    assert pixels(encoded(image))[:, 0].tolist() == [[255, 127, 0]] * 3
    assert pixels(encoded(image), "gray")[0, 0].tolist() == [255, 127, 0]
    assert pixels(encoded(image), "rgb", (0, 100, 0))[1, 0].tolist() == [100, 50, 0]
    assert pixels(encoded(image), "rgba")[3, 0].tolist() == [0, 128, 255]


def test_transparent_colours_of_palette_gray_and_rgb():
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    assert pixels(encoded(palette, transparency=0))[:, 0].T.tolist() == [[255, 255, 255], [0, 0, 255]]
    assert pixels(encoded(palette, transparency=bytes([255, 0])))[:, 0].T.tolist() == [[255, 0, 0], [255, 255, 255]]
    assert pixels(encoded(palette, transparency=0), "rgba")[3].tolist() == [[0, 255]]
    assert pixels(encoded(Image.new("L", (1, 1), 7), transparency=7)).ravel().tolist() == [255] * 3
    assert pixels(encoded(Image.new("RGB", (1, 1), (1, 2, 3)), transparency=(1, 2, 3))).ravel().tolist() == [255] * 3


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright(tmp_path: Path, format: str, orientation: int):
    upright = Image.new("RGB", (24, 16))
    upright.paste((255, 255, 255), (0, 0, 8, 8))  # white in the upper left
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transpositions that undo each orientation's own
    stored = upright.transpose(Image.Transpose(turn[orientation])) if orientation in turn else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{format.lower()}"
    stored.save(path, format, exif=exif, **({"lossless": True} if format == "WEBP" else {}))
    header = read_header(path)
    result = to_array(read_image(path))
    assert (header.width, header.height) == (24, 16)
    assert result.shape == (3, 16, 24)
    assert result[:, 1:7, 1:7].min() > 200
    assert result[:, 9:, :].max() < 60
    assert result[:, :, 9:].max() < 60


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (4, 4), c) for c in ("red", "blue")]
    for format in ("GIF", "PNG", "WEBP"):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
        assert pixels(data)[:, 0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)


def test_a_photo_is_decoded_smaller_but_not_smaller_than_asked():
    photo = encoded(Image.fromarray(np.tile(COLOURS, (40, 40, 1))), "JPEG")
    assert decode(photo, "photo").size == (640, 640)
    assert decode(photo, "photo", at_least=100).size == (160, 160)
    assert decode(photo, "photo", at_least=161).size == (320, 320)
    assert decode(photo, "photo", at_least=1000).size == (640, 640)
    assert decode(encoded(Image.new("RGB", (64, 64))), "png", at_least=4).size == (64, 64)


@pytest.mark.parametrize(
    ("mode", "gray", "alpha"),
    [("L", True, False), ("LA", True, True), ("1", True, False), ("RGB", False, False), ("RGBA", False, True)],
)
def test_headers(tmp_path: Path, mode: str, gray: bool, alpha: bool):
    path = tmp_path / "a.png"
    Image.new(mode, (5, 3)).save(path)
    header = read_header(path)
    assert (header.width, header.height, header.mode, header.gray, header.alpha) == (5, 3, mode, gray, alpha)


def test_headers_of_palettes_and_16_bit(tmp_path: Path):
    Image.fromarray(RAMP).convert("P").save(tmp_path / "gray.png")
    Image.fromarray(COLOURS).quantize(8).save(tmp_path / "colour.gif")
    Image.fromarray(RAMP.astype(np.uint16)).save(tmp_path / "16.png")
    assert read_header(tmp_path / "gray.png").gray
    assert not read_header(tmp_path / "colour.gif").gray
    assert read_header(tmp_path / "16.png").gray


def test_one_pixel():
    assert pixels(encoded(Image.new("RGB", (1, 1), (1, 2, 3)))).ravel().tolist() == [1, 2, 3]


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that claims to be enormous."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


JPEG = encoded(Image.fromarray(COLOURS), "JPEG")
PNG = encoded(Image.fromarray(COLOURS))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"hello", "not a picture of a known format"),
        (JPEG[: len(JPEG) // 2], "damaged or cut short"),
        (PNG[: len(PNG) // 2], "damaged or cut short"),
        (PNG[:60] + b"xxxxxxxxxxxx" + PNG[72:], "damaged or cut short"),
        (JPEG[:4], "not a picture|damaged"),
        (bomb(10_000, 10_000), "10000x10000 is too large to read; the most is 67,108,864 pixels"),
        (bomb(100_000, 100_000), "too large to read; the most is 67,108,864 pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "too large to read"),
        (bomb(100, 100), "damaged or cut short"),
    ],
)
def test_bad_files_are_one_line_that_names_them(tmp_path: Path, data: bytes, message: str):
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(UserError, match=f"bad.png: {message}") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    if "large" in message or "empty" in message or data == b"hello":
        with pytest.raises(UserError, match=f"bad.png: {message}"):
            read_header(path)


def test_what_pillow_has_other_programs_draw_is_refused(tmp_path: Path):
    file = io.BytesIO()
    Image.fromarray(COLOURS).save(file, "EPS")
    path = tmp_path / "drawn.png"
    path.write_bytes(file.getvalue())
    for read in (read_image, read_header):
        with pytest.raises(UserError, match=r"drawn.png: EPS is a program that draws"):
            read(path)


def test_missing_files_and_folders(tmp_path: Path):
    for read in (read_image, read_header):
        with pytest.raises(UserError, match=r"absent.png: cannot be read: No such file"):
            read(tmp_path / "absent.png")
        with pytest.raises(UserError, match="cannot be read: Is a directory"):
            read(tmp_path)


def test_every_byte_flipped_or_cut_is_read_or_refused_but_never_another_error():
    generator = np.random.default_rng(0)
    for original in (
        JPEG,
        PNG,
        encoded(Image.fromarray(COLOURS).quantize(8), "GIF"),
        encoded(Image.fromarray(RAMP), "TIFF"),
    ):
        for _ in range(150):
            data = bytearray(original)
            for place in generator.integers(0, len(data), 3):
                data[place] = generator.integers(0, 256)
            try:
                image = decode(bytes(data[: generator.integers(1, len(data) + 1)]), "name")
            except UserError:
                continue
            assert image.mode == "RGB"
            assert image.width * image.height <= MAX_PIXELS


def test_warnings_are_hidden_in_threads_and_filters_put_back():
    data = encoded(Image.new("P", (4, 4)), transparency=bytes([0, 128]))
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: decode(data, "name").size, range(200)))
    assert results == [(4, 4)] * 200
    assert warnings.filters == before
