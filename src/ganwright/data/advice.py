"""What to do about what an audit found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ganwright.data.dataset import DataConfig
from ganwright.data.drawing import DrawingConfig
from ganwright.data.folder import FolderConfig
from ganwright.data.mixtures import MixtureConfig

if TYPE_CHECKING:
    from ganwright.data.audit import Audit

FEW_ITEMS = 1000
UNEVEN = 3.0
_MUCH_CUT = 0.1


def advise(found: "Audit", config: DataConfig, num_leaked: int) -> Iterator[str]:
    """Lines that each name a finding and the option that mends it.

    num_leaked: groups of duplicates with members in both splits.
    """
    if isinstance(config, MixtureConfig | DrawingConfig):
        return
    total = sum(found.num_items.values())
    if found.corrupt:
        yield f"{_count(len(found.corrupt), 'picture')} cannot be read and would be left out: mend or remove them"
    if not total:
        return
    if isinstance(config, FolderConfig):
        yield from _about_shapes(found, config)
    if num_leaked:
        yield (
            f"training and test data share {_count(num_leaked, 'group')} of duplicates: "
            "figures on the test data will look too good"
        )
    copies = sum(len(group) - 1 for group in found.duplicates)
    if copies:
        yield f"{_count(copies, 'exact copy', 'exact copies')} of other items, which are drawn that much more often"
    near = sum(len(group) - 1 for group in found.near_duplicates)
    if near:
        yield f"{_count(near, 'item')} almost like another: look at the groups, and remove copies"
    yield from _about_classes(found)
    num_train = found.num_items.get("train", 0)
    if num_train < FEW_ITEMS:
        yield (
            f"only {_count(num_train, 'training item')}: the discriminator may learn them by heart; "
            "more pictures, or flip where mirrored ones are as real, help"
        )


def _about_shapes(found: "Audit", config: FolderConfig) -> Iterator[str]:
    channels, height, width = found.trained_shape
    sizes = {tuple(map(int, size.split("x"))): num for size, num in found.sizes.items()}
    if config.size is None and len(sizes) > 1:
        yield f"the sizes differ: training would see {width}x{height}, or what size says"
    elif config.size is None and (width != height or width & (width - 1)):
        power = 2 ** (min(width, height).bit_length() - 1)
        yield f"most recipes want squares of a power of two, not {width}x{height}: set size={power}"
    smaller = sum(num for size, num in sizes.items() if min(size) < min(width, height))
    if smaller:
        small = f"{_count(smaller, 'picture')} smaller than {width}x{height}"
        yield f"{small} would be enlarged: choose a smaller size, or remove them"
    if config.crop == "center" and (cut := _share_cut(sizes, width / height)) > _MUCH_CUT:
        yield f"cutting out the centre loses {cut:.0%} of the pictures on average: crop=pad keeps all of them"
    if found.num_transparent and channels != 4:
        yield (
            f"{_count(found.num_transparent, 'picture')} with transparency, shown on {config.background}: "
            "background chooses another colour, channels=rgba keeps it"
        )


def _share_cut(sizes: dict[tuple[int, ...], int], proportion: float) -> float:
    """The share of its pixels that an average picture loses when cut to width / height = proportion."""
    lost = 0.0
    for (width, height), num in sizes.items():
        own = width / height
        lost += num * (1 - min(own / proportion, proportion / own))
    return lost / sum(sizes.values())


def _about_classes(found: "Audit") -> Iterator[str]:
    if len(found.classes) < 2:
        return
    most, fewest = (choose(found.classes, key=lambda c: found.classes[c]) for choose in (max, min))
    if not found.classes[fewest]:
        yield f"class '{fewest}' has no items: remove its folder"
    elif found.classes[most] > UNEVEN * found.classes[fewest]:
        yield (
            f"the classes are uneven, from {found.classes[fewest]} ('{fewest}') to {found.classes[most]} ('{most}'): "
            "balanced=true draws them equally often"
        )


def _count(num: int, one: str, many: str | None = None) -> str:
    return f"{num:,} {one if num == 1 else many or one + 's'}"
