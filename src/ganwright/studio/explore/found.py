"""What projections found, kept in files of the studio's own folder, so that a link to it opens later too."""

import re
import secrets
import threading
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file, save
from torch import Tensor

from ganwright.core.files import write_atomic
from ganwright.studio.replies import NotFound
from ganwright.studio.state import Studio

NAME = r"^[A-Za-z0-9_-]{8,32}$"
MOST_KEPT = 200


class Found:
    """The studio's service of codes that were found, by name; the newest are kept."""

    def __init__(self, studio: Studio) -> None:
        self.folder = studio.own_dir / "found"
        self._there: dict[str, Tensor] = {}
        self._lock = threading.Lock()

    def keep(self, codes: Tensor) -> str:
        """Keep codes and return their name."""
        name = secrets.token_urlsafe(9)
        content = save({"codes": codes.float().contiguous()})
        with self._lock:
            write_atomic(self._file(name), lambda p: p.write_bytes(content))
            self._there[name] = codes.float()
            files = sorted(self.folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime_ns)
            for old in files[:-MOST_KEPT]:
                old.unlink(missing_ok=True)
                self._there.pop(old.stem, None)
        return name

    def codes(self, name: str) -> Tensor:
        """The codes of a name. Raises NotFound where there are none (any more)."""
        with self._lock:
            if name not in self._there:
                file = self._file(name)
                if not re.match(NAME, name) or not file.is_file():
                    raise NotFound("what was found for that picture is not kept any more; project it again")
                try:
                    self._there[name] = load_file(file)["codes"].to(torch.float32)
                except (OSError, KeyError, safetensors.SafetensorError) as error:
                    raise NotFound(f"{file} is damaged; project the picture again") from error
            return self._there[name]

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"
