"""One game: the engine, the health it is in, and what may be changed while it goes on."""

import os
from pathlib import Path
from typing import Any

from torch import Tensor

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.events import Event, EventWriter
from ganwright.health.detectors.reading import looks_needed
from ganwright.health.history import History
from ganwright.health.monitor import Monitor
from ganwright.health.watcher import Watcher
from ganwright.recipes.catalog import origin as recipe_origin
from ganwright.runs.plan import plan
from ganwright.studio.playground.origin import Origin
from ganwright.studio.playground.settings import FIXED, Settings
from ganwright.studio.playground.world import World
from ganwright.training import Callback, Engine
from ganwright.training.state import state_tensors


class Game(Callback):
    """A game in the plane, played by the engine that trains every run.

    Nothing is written: its events go nowhere, and it has no checkpoints. Health is measured and judged as in any run,
    without a known length.
    """

    def __init__(
        self, settings: Settings, weights: dict[str, Tensor] | None = None, origin: Origin | None = None
    ) -> None:
        """weights: tensors to begin with (`weights`), of the same networks; None: as the seed makes them.

        origin: of the run that `settings` name, if they do. Raises UserError where its checkpoint is damaged.
        """
        self.settings = settings
        self._base = None if origin is None else origin.config
        made = plan(recipe=settings.config(self._base), out=Path(os.devnull) / "playground")
        self._plan = made
        nowhere = Path(os.devnull)
        self.engine = Engine(made.algorithm(), made.loader(), made.config, nowhere, made.device, EventWriter(nowhere))
        if weights is not None:
            self.engine.load_weights(weights)
        if origin is not None:
            origin.put_into(self.engine)
        self.seed = made.config.seed
        self.world = World(made.dataset, self.seed)
        self._watcher = Watcher(self.engine, recipe_origin(made.config))
        self._watcher.history = History()
        monitor = Monitor(self.engine, made.dataset, lambda: made.config.data.load("test"))
        self.engine.callbacks = (monitor, self._watcher, self)

    def change(self, settings: Settings) -> None:
        """Go on by other settings. Raises UserError where they are another game, or rules that do not go together."""
        other = [name for name in FIXED if getattr(settings, name) != getattr(self.settings, name)]
        if other:
            raise UserError(f"{', '.join(other)} cannot change while a game goes on; start another one")
        config = settings.config(self._base)
        assert isinstance(config.algorithm, AdversarialConfig)
        self.engine.controls.change(config, self._plan.algorithm(config, self.engine.networks))
        self._watcher.look_at_settings()
        self.settings = settings

    def weights(self) -> dict[str, Tensor]:
        """The networks' tensors and their averages, as they are now."""
        return state_tensors(self.engine.networks, self.engine.ema.networks, {})

    def health(self) -> dict[str, Any]:
        """The verdict: early, healthy, watch or failing; each diagnosis with its reason and advice; what is unusual."""
        history = self._watcher.history
        looks, needed = history.looks, looks_needed(bool(history.unusual))
        found = [d.plain() for d in self._watcher.open.values()]
        if found:
            state = "failing" if any(d["severity"] == "failing" for d in found) else "watch"
        else:
            state = "early" if len(looks) < needed else "healthy"
        told = [{n: d[n] for n in ("kind", "severity", "title", "cause", "advice")} for d in found]
        return {"state": state, "looks": len(looks), "needed": needed, "found": told, "unusual": list(history.unusual)}

    def signals(self) -> dict[str, float]:
        """The newest look's signals by name; empty before the first."""
        looks = self._watcher.history.looks
        return dict(looks[-1].values) if looks else {}

    def on_event(self, event: Event) -> None:
        """Where a number is not finite, the engine ends the game; nothing to do here."""
