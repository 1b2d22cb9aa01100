"""Floor 2: one file per data source; the loader; augmentation when an item is drawn."""

from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.digits import DigitsConfig
from ganwright.data.loader import Loader, check_batch
from ganwright.data.mixtures import Gaussian1dConfig, Grid25Config, Ring8Config

DATA: dict[str, type[DataConfig]] = {
    "digits": DigitsConfig,
    "ring8": Ring8Config,
    "grid25": Grid25Config,
    "gaussian1d": Gaussian1dConfig,
}

__all__ = ["DATA", "DataConfig", "Dataset", "Loader", "check_batch"]


def parse_data(text: str) -> DataConfig:
    """Read a data source from a word."""
    from ganwright.core.table import look_up

    return look_up(DATA, text, "data set")()
