"""Floor 2: one file per data source; the loader, which draws from any of them; packs and audits."""

from ganwright.core.errors import UserError
from ganwright.core.files import expanded
from ganwright.core.table import look_up
from ganwright.data.cifar import Cifar10Config
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.digits import DigitsConfig
from ganwright.data.drawing import DrawingConfig
from ganwright.data.folder import FolderConfig
from ganwright.data.idx import FashionMnistConfig, MnistConfig
from ganwright.data.loader import Loader, check_batch
from ganwright.data.mixtures import Gaussian1dConfig, Grid25Config, Ring8Config
from ganwright.data.npz import NpzConfig
from ganwright.data.pack import PackConfig
from ganwright.data.stacked import StackedConfig

DATA: dict[str, type[DataConfig]] = {
    "digits": DigitsConfig,
    "mnist": MnistConfig,
    "fashion-mnist": FashionMnistConfig,
    "stacked-mnist": StackedConfig,
    "cifar10": Cifar10Config,
    "folder": FolderConfig,
    "npz": NpzConfig,
    "pack": PackConfig,
    "ring8": Ring8Config,
    "grid25": Grid25Config,
    "gaussian1d": Gaussian1dConfig,
    "drawing": DrawingConfig,
}

__all__ = ["DATA", "DataConfig", "Dataset", "Loader", "check_batch", "parse_data"]


def parse_data(text: str) -> DataConfig:
    """Read a data source as users write it: "digits", "folder:PATH", "npz:PATH", "pack:PATH", or a path alone.

    A path alone is a pack where it holds one, an archive where it ends in .npz, and otherwise a folder of pictures.
    Raises UserError with the nearest names for a source that is unknown, lacks its path, or takes none.
    """
    kind, colon, path = text.partition(":")
    alone = expanded(text)
    if text and kind not in DATA and alone.exists():
        if alone.is_dir():
            return (PackConfig if (alone / "items.npy").exists() else FolderConfig)(path=text)
        if alone.suffix == ".npz":
            return NpzConfig(path=text)
        raise UserError(f"'{text}' is neither a folder nor a .npz file; a data set of pictures is a folder of them")
    if kind not in DATA and any(mark in text for mark in ("/", "\\", ".")):
        raise UserError(f"there is no file or folder '{text}'")
    source = look_up(DATA, kind, "data set")
    takes_path = "path" in source.model_fields
    if takes_path and not path:
        raise UserError(f"'{kind}' needs a path: {kind}:PATH")
    if colon and not takes_path:
        raise UserError(f"'{kind}' takes no path; write just {kind}")
    return source.parse({"path": path} if takes_path else {})
