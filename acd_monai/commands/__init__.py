"""The commands of the command line, one file each: they compose config files and call the bundle workflows."""

from __future__ import annotations

from acd_monai.commands.infer import add_infer
from acd_monai.commands.inspect import add_inspect
from acd_monai.commands.listing import add_listings
from acd_monai.commands.weights import add_weights

__all__ = ["add_infer", "add_inspect", "add_listings", "add_weights"]
