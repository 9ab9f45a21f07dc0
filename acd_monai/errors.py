"""The only exceptions a user meets.

Every message says what happened, the value got, the value wanted and the remedy, in one line.
"""

from __future__ import annotations

__all__ = [
    "AcdMonaiError",
    "CasesFailedError",
    "ConfigError",
    "GeometryError",
    "InputError",
    "OutputError",
    "OutputSkippedError",
    "ProtocolError",
    "RunStoppedError",
    "TrainingStoppedError",
    "WeightsError",
    "find_cause",
]


class AcdMonaiError(Exception):
    """Root of all errors that a user can cause and can mend."""


class InputError(AcdMonaiError):
    """A file or folder is missing, empty, unreadable or not what it claims to be."""


class GeometryError(InputError):
    """The image's position in the patient cannot be known exactly, so no map is written for it."""


class ConfigError(AcdMonaiError):
    """A value in a config file or on the command line is not one of those that work."""


class WeightsError(AcdMonaiError):
    """Weights are not there, or do not fit the network they are loaded into."""


class ProtocolError(AcdMonaiError):
    """An evaluation would flatter itself: the model has seen the images it is to be tested on."""


class OutputError(AcdMonaiError):
    """The output folder cannot be written to."""


class OutputSkippedError(AcdMonaiError):
    """One output cannot be made of this case; its other outputs are."""


class RunStoppedError(OutputError):
    """The run began, and stopped because an output could not be written, for example on a full disk."""


class TrainingStoppedError(AcdMonaiError):
    """Training began, and stopped because the loss was no number; the last good state is kept."""


class CasesFailedError(AcdMonaiError):
    """The run went to its end, but some cases failed; ``results.csv`` names them."""


def find_cause(error: BaseException | None) -> AcdMonaiError | None:
    """Return the first :class:`AcdMonaiError` in an exception's chain, or None.

    MONAI wraps what a config component raises into its own ``RuntimeError``; the useful line is further down.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, AcdMonaiError):
            return error
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None
