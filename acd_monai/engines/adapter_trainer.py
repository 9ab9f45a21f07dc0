"""A SupervisedTrainer for adapters: bytes in, augmentation on the device, a batch in as many parts as memory needs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, cast

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Events
from monai.engines import SupervisedTrainer
from monai.engines.utils import IterationEvents
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from acd_monai.data import EpochSampler
from acd_monai.errors import ConfigError, InputError, OutputError, RunStoppedError
from acd_monai.losses import AnomalyLoss, LossParts
from acd_monai.networks.precision import autocast, training_precision
from acd_monai.transforms import Mosaic, TrainingAugmentation

__all__ = ["LOSSES", "AdapterTrainer", "TrainingBatch"]

logger = logging.getLogger(__name__)

LOSSES = ("loss", "image_loss", "pixel_loss")
"""Keys of ``engine.state.output[0]`` after a step: plain numbers, the means over all processes."""


class TrainingBatch(NamedTuple):
    """A batch on the device, augmented.

    Attributes:
        image: ``(B, 3, S, S)`` in [0, 1].
        mask: ``(B, 1, S, S)`` of 0 and 1.
        label: ``(B,)`` 0 normal or 1 abnormal.
        noun_index: ``(B,)`` which of the detector's nouns each image shows.
    """

    image: Tensor
    mask: Tensor
    label: Tensor
    noun_index: Tensor


class AdapterTrainer(SupervisedTrainer):
    """Trains what is not frozen.

    What step ``s`` of epoch ``e`` sees is decided by the seed, ``s`` and ``e`` alone: the sampler's order by seed and
    epoch, each image's augmentation by seed, epoch and image. A run that was interrupted goes on with the number of
    its step, and several processes see what one would.

    MONAI's ``accumulation_steps`` adds up the gradients of several batches of the loader and fires its events for each.
    Here one batch is taken apart: the optimizer, the handlers and the order of the images see no difference.

    Args:
        augmentation: applied to each image and mask; None: none.
        mosaic: puts images together before that, now and then; None: never.
        seed: of the augmentation.
        accumulate: parts a batch is computed in; more take less memory and give the same gradient.
        precision: ``"fp32"``, ``"bf16"``, or ``"auto"``, see :func:`~acd_monai.networks.precision.training_precision`.
        arguments: of MONAI's SupervisedTrainer. The loader gives dictionaries with uint8 ``image`` and ``mask``,
            ``label``, ``noun_index``, ``index`` and ``name``, in an :class:`~acd_monai.data.EpochSampler`'s order; the
            loss is an :class:`~acd_monai.losses.AnomalyLoss`.

    Raises:
        ConfigError: a value out of its range.
    """

    def __init__(
        self,
        *,
        augmentation: TrainingAugmentation | None = None,
        mosaic: Mosaic | None = None,
        seed: int = 0,
        accumulate: int = 1,
        precision: str = "fp32",
        **arguments: Any,
    ) -> None:
        if accumulate < 1:
            raise ConfigError(f"accumulate is {accumulate}; wanted 1 or more parts of a batch")
        if arguments["max_epochs"] < 1:
            raise ConfigError(f"epochs is {arguments['max_epochs']}; wanted 1 or more")
        super().__init__(**arguments, decollate=False)
        self.augmentation = augmentation
        self.mosaic = mosaic
        self.seed = seed
        self.accumulate = accumulate
        self.precision = training_precision(precision, self.state.device)
        self.add_event_handler(Events.EPOCH_STARTED, self._place_sampler)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.state.iteration >= self.state.max_epochs * (self.state.epoch_length or 0)

    def run(self) -> None:  # type: ignore[override]  # as MONAI's Trainer has it
        """Train from where the state stands to the last epoch; nothing, if that is done.

        Raises:
            InputError: there are no images.
            ConfigError: several processes that do not exchange gradients.
            RunStoppedError: an output could not be written.
        """
        if not self.state.epoch_length:
            raise InputError("no images to train on; pass the root folder of the data set with --dataset_dir")
        if idist.get_world_size() > 1 and not isinstance(self.network, DistributedDataParallel):
            raise ConfigError(
                f"{idist.get_world_size()} processes that exchange no gradients; wanted DistributedDataParallel: add "
                "configs/multi_gpu_train.json to the config files"
            )
        if self.finished:
            logger.info("all %d epochs are done already; nothing is left to train", self.state.max_epochs)
            return
        try:
            super().run()
        except OutputError as error:
            raise RunStoppedError(
                f"stopped at step {self.state.iteration}: {error} The same command goes on."
            ) from error

    def _place_sampler(self) -> None:
        sampler = cast("EpochSampler", cast("Any", self.data_loader).sampler)
        sampler.steps_done = self.state.iteration % self.state.epoch_length

    def _iteration(self, engine: SupervisedTrainer, batchdata: Any) -> Any:
        batch = self._prepare(batchdata)
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        image_loss = pixel_loss = torch.zeros((), device=batch.image.device)
        parts = list(self._parts(batch))
        for number, part in enumerate(parts, start=1):
            # All losses are means over images, so parts add up to the batch by their share of its images.
            share = len(part.image) / len(batch.image)
            with self._synchronised(number == len(parts)):
                image_part, pixel_part = self._losses(part)
                (share * (image_part + pixel_part)).backward()
            image_loss = image_loss + share * image_part.detach()
            pixel_loss = pixel_loss + share * pixel_part.detach()
        losses = torch.stack([image_loss + pixel_loss, image_loss, pixel_loss])
        mean = cast("Tensor", idist.all_reduce(losses)) / idist.get_world_size()
        engine.state.output = [dict(zip(LOSSES, mean.tolist(), strict=True))]
        for event in (
            IterationEvents.FORWARD_COMPLETED,
            IterationEvents.LOSS_COMPLETED,
            IterationEvents.BACKWARD_COMPLETED,
        ):
            engine.fire_event(event)
        self.optimizer.step()
        engine.fire_event(IterationEvents.MODEL_COMPLETED)
        return engine.state.output

    def _prepare(self, batchdata: dict[str, Any]) -> TrainingBatch:
        """Bring a batch of bytes to the device and augment it there."""
        device = self.state.device
        image, mask, label, noun_index = (
            torch.as_tensor(batchdata[key]).to(device, non_blocking=self.non_blocking)
            for key in ("image", "mask", "label", "noun_index")
        )
        batch = TrainingBatch(image.float() / 255, mask.float(), label.clone(), noun_index)
        if self.augmentation is not None or self.mosaic is not None:
            for number, index in enumerate(batchdata["index"].tolist()):
                self._augment(batch, number, index)
        return batch

    def _augment(self, batch: TrainingBatch, number: int, index: int) -> None:
        """Change one image of the batch in place, the one that has this index in the data set."""
        generator = torch.Generator().manual_seed(_mix(self.seed, self.state.epoch, index))
        one = slice(number, number + 1)
        mosaic = None if self.mosaic is None else self.mosaic(index, generator)
        if mosaic is not None:
            batch.image[one], batch.mask[one], batch.label[number] = *mosaic, mosaic.mask.any()
        if self.augmentation is not None:
            batch.image[one], batch.mask[one] = self.augmentation.forward(batch.image[one], batch.mask[one], generator)

    def _parts(self, batch: TrainingBatch) -> Iterator[TrainingBatch]:
        size = -(-len(batch.image) // self.accumulate)
        for start in range(0, len(batch.image), size):
            yield TrainingBatch(*(column[start : start + size] for column in batch))

    def _losses(self, part: TrainingBatch) -> LossParts:
        with autocast(self.precision, part.image.device):
            logits = self.inferer(part.image, self.network, part.noun_index)
        return cast("AnomalyLoss", self.loss_function).parts(logits, part.label, part.mask)

    def _synchronised(self, last: bool) -> AbstractContextManager:
        """Let several processes exchange gradients once a batch, not once a part."""
        if isinstance(self.network, DistributedDataParallel) and not last:
            return self.network.no_sync()
        return nullcontext()


def _mix(*numbers: int) -> int:
    """Return one seed for several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
