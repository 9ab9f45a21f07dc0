"""``acd-monai inspect``: what is in the inputs, what a domain would read of it, and why not the rest."""

from __future__ import annotations

from pathlib import Path

from acd_monai.bundle.choose_domain import AUTO, choose_domain, domain_selection
from acd_monai.data.cases import survey_inputs
from acd_monai.data.inventory import take_inventory
from acd_monai.data.privacy import identity_keys, mask_path
from acd_monai.data.selection import Selection
from acd_monai.errors import ConfigError
from acd_monai.reports import inventory_text

__all__ = ["inspect_inputs"]


def inspect_inputs(inputs: list[str], domain: str | None = None, series: str | None = None) -> str:
    """Describe files and folders.

    Args:
        inputs: as for :func:`acd_monai.data.find_cases`.
        domain: the one to judge for; None or ``"auto"``: the one that would be chosen, if any.
        series: see :class:`acd_monai.data.selection.Selection`.

    Returns:
        Text for a terminal, without patient data.

    Raises:
        InputError: an input does not exist.
        ConfigError: an unknown domain.
    """
    asked = Selection(series=series) if series else None
    if domain is None or domain == AUTO:
        survey = survey_inputs(inputs, asked)
        try:
            choice = choose_domain(survey)
            selection: Selection | None = domain_selection(choice.domain, series)
            said = f"domain: --domain auto chooses {choice.domain} ({choice.why})"
            survey = survey_inputs(inputs, selection)
        except ConfigError as error:
            selection = asked
            said = f"domain: --domain auto would refuse: {error}\nwithout a domain, all but localizers would be read:"
    else:
        selection = domain_selection(domain, series)
        survey = survey_inputs(inputs, selection)
        said = f"domain: {domain} (modality {' or '.join(selection.modalities) or 'any'})"
    keys = identity_keys(header for entry, _ in survey.entries for header in entry.group.slices)
    names = ", ".join(mask_path(Path(path).resolve().name, keys) for path in inputs)
    inventory = take_inventory(survey, [Path(path) for path in inputs], selection)
    return inventory_text(inventory, f"{names}\n{said}")
