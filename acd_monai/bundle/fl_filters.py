"""What leaves a site in federated learning."""

from __future__ import annotations

from collections.abc import Sequence

from monai.fl.utils.exchange_object import ExchangeObject
from monai.fl.utils.filters import Filter

from acd_monai.errors import ConfigError

__all__ = ["OnlyAdapters"]

_NAMES_SHOWN = 3


class OnlyAdapters(Filter):
    """Sends the adapters and keeps CLIP, which every site has and none changes; for weights and for their differences.

    Args:
        prefixes: what the names of the tensors begin with that are sent.

    Raises:
        ConfigError: no prefix.

    Example:
        >>> sent = OnlyAdapters(["network.text_adapters."])(ExchangeObject(weights={
        ...     "network.text_adapters.0.blend": torch.zeros(1), "network.backbone.clip.logit_scale": torch.zeros(1)}))
        >>> list(sent.weights)
        ['network.text_adapters.0.blend']
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        if not prefixes:
            raise ConfigError("no prefix of the adapters' names given, so nothing would be sent; wanted one or more")
        self.prefixes = tuple(prefixes)

    def __call__(self, data: ExchangeObject, extra: dict | None = None) -> ExchangeObject:
        """Take out all other tensors; those that are left are copies, which the next round does not change.

        Raises:
            ConfigError: there are weights, but no adapters.
        """
        if data.weights is None:
            return data
        adapters = {name: value.clone() for name, value in data.weights.items() if name.startswith(self.prefixes)}
        if not adapters:
            shown = ", ".join(list(data.weights)[:_NAMES_SHOWN]) or "none"
            raise ConfigError(
                f"no tensor to send begins with {' or '.join(self.prefixes)}; the names are {shown} …: set the "
                "prefixes in fl_filters.json to those of the network's adapters"
            )
        data.weights = adapters
        return data
