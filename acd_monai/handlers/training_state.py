"""All that a training run needs to go on after it was killed, in one file that is always whole.

MONAI's CheckpointSaver deletes the old file before it writes the new one, in place: killed in between, a run has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ignite.distributed as idist
from ignite.engine import Events
from monai.engines import SupervisedTrainer

from acd_monai.errors import ConfigError, WeightsError
from acd_monai.networks.weights import read_checkpoint
from acd_monai.reports import prepare_output_folder, save_whole
from acd_monai.reports.fingerprint import describe

__all__ = ["STATE_FILE", "TrainingState"]

STATE_FILE = "training_state.pt"

_MOST_NAMED = 3


class TrainingState:
    """Saves the state of a run every so many steps and after each epoch, and brings it back.

    Random numbers need no saving: see :class:`~acd_monai.engines.AdapterTrainer`. Attach it last, so that an epoch is
    saved when all else that ends with it is done. One process writes, all read.

    Args:
        output_dir: the run's folder.
        parts: what has a ``state_dict`` beside the trainer: ``model`` (the adapters alone), ``optimizer``, …
        settings: what makes two runs the same run; values as :func:`~acd_monai.reports.fingerprint.describe` takes
            them. Not among them: how many epochs, so that a run can be prolonged.
        save_interval: steps after which the state is saved; 0: after each epoch only.

    Raises:
        ConfigError: a negative interval.
    """

    def __init__(
        self, output_dir: str, parts: Mapping[str, Any], settings: Mapping[str, Any], save_interval: int = 100
    ) -> None:
        if save_interval < 0:
            raise ConfigError(f"save_interval is {save_interval}; wanted a number of steps, or 0 for whole epochs")
        self.path = Path(output_dir) / STATE_FILE
        self.parts = dict(parts)
        self.settings = describe(settings)
        self.save_interval = save_interval

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._step)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.save)

    def check(self) -> dict[str, Any] | None:
        """Make the folder ready, and return what an earlier run left in it, None if there was none.

        Raises:
            OutputError: the folder cannot be written to.
            ConfigError: that run had other settings.
            WeightsError: its file is damaged.
        """
        prepare_output_folder(self.path.parent)
        if not self.path.is_file():
            return None
        saved = read_checkpoint(self.path)
        absent = {"settings", "trainer", *self.parts} - saved.keys()
        if absent:
            raise WeightsError(f"{self.path} holds no {', '.join(sorted(absent))}; begin anew in another folder")
        old, new = _flat(saved["settings"]), _flat(self.settings)
        changed = [
            f"{name} {old.get(name, 'none')!r}, now {new.get(name, 'none')!r}"
            for name in {**new, **old}
            if old.get(name) != new.get(name)
        ]
        if changed:
            more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
            raise ConfigError(
                f"{self.path.parent} holds a run with other settings ({'; '.join(changed[:_MOST_NAMED])}{more}); give "
                "the same settings to go on with it, or another folder with -o"
            )
        return saved

    def resume(self, engine: SupervisedTrainer) -> None:
        """Go on where an earlier run stopped, if there was one; raises as :meth:`check`."""
        saved = self.check()
        if saved is None:
            return
        for name, part in self.parts.items():
            part.load_state_dict(saved[name])
        epochs = engine.state.max_epochs
        engine.load_state_dict(saved["trainer"])
        engine.state.max_epochs = epochs  # those asked for now

    def save(self, engine: SupervisedTrainer) -> None:
        """Write the state of this moment.

        Raises:
            OutputError: it cannot be written; the state saved before is still there.
        """
        if idist.get_rank() != 0:
            return
        state = {name: part.state_dict() for name, part in self.parts.items()}
        save_whole({"settings": self.settings, "trainer": dict(engine.state_dict()), **state}, self.path)

    def _step(self, engine: SupervisedTrainer) -> None:
        # The last step of an epoch is saved with the epoch: before its end the schedule has not moved on.
        ends_epoch = engine.state.iteration % engine.state.epoch_length == 0
        if self.save_interval and engine.state.iteration % self.save_interval == 0 and not ends_epoch:
            self.save(engine)


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return nested settings by dotted names."""
    if isinstance(value, Mapping):
        items = [(f"{name}.{key}" if name else str(key), item) for key, item in value.items()]
        return {inner: leaf for key, item in items for inner, leaf in _flat(item, key).items()}
    return {name: value}
