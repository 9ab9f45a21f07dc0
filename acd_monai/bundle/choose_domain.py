"""Which domain some files belong to, told by modality and body part; each bundle says what it is made for."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from logging.config import fileConfig

from acd_monai.bundle.catalogue import DOMAINS
from acd_monai.data.cases import Survey, survey_inputs
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.privacy import identity_keys
from acd_monai.data.selection import Selection
from acd_monai.data.series_text import header_text, series_line
from acd_monai.errors import ConfigError

__all__ = ["AUTO", "DomainChoice", "choose_and_say", "choose_domain", "domain_selection"]

logger = logging.getLogger(__name__)

AUTO = "auto"
"""In place of a domain's name: choose one."""

_ANY_PART = {"CR", "CT", "DR", "DX", "MG", "MR", "NM", "PT", "RF", "RG", "US", "XA", "XC"}
"""Modalities that image any part of the body: they tell a domain only together with the part."""

_MOST_NAMED = 3


@dataclass(frozen=True)
class DomainChoice:
    """A domain and what spoke for it, in one line without patient data."""

    domain: str
    why: str


def choose_and_say(inputs: list[str], series: str | None = None) -> str:
    """Choose a domain for the inputs and log which, and why, as the bundle's own lines are logged.

    Args:
        inputs: as for :func:`acd_monai.data.find_cases`.
        series: see :class:`acd_monai.data.selection.Selection`.

    Returns:
        The domain's name.

    Raises:
        InputError: an input does not exist.
        ConfigError: see :func:`choose_domain`.
    """
    choice = choose_domain(survey_inputs(inputs, Selection(series=series) if series else None))
    fileConfig(DOMAINS.find(choice.domain).with_name("logging.conf"), disable_existing_loggers=False)
    logger.info("domain: %s chosen by modality and body part: %s", choice.domain, choice.why)
    return choice.domain


def domain_selection(domain: str, series: str | None = None) -> Selection:
    """Read from a bundle's config what the domain wants of a study.

    Args:
        domain: a name of the catalogue.
        series: see :class:`acd_monai.data.selection.Selection`.

    Returns:
        The selection that running the bundle would use.

    Raises:
        ConfigError: an unknown domain.
    """
    config = json.loads(DOMAINS.find(domain).read_text(encoding="utf-8"))
    return Selection(tuple(config["modalities"]), tuple(config["body_parts"]), config["min_slices"], series)


def choose_domain(survey: Survey) -> DomainChoice:
    """Choose the domain that the DICOM series of a survey belong to.

    A series belongs to a domain of its modality, if it names no other body part; modalities that image any part of
    the body must name one of the domain's, in the body part or the series description. A modality that is no domain's
    (fundus photography, "other") belongs where its body part does, if that domain's own modalities image nothing else.
    Series that tell nothing, NIfTI files and pictures go along with those that do.

    Args:
        survey: of the inputs, without a selection (or with the series asked for).

    Returns:
        The domain and why.

    Raises:
        ConfigError: nothing tells, or the inputs belong to several domains.
    """
    rules = {name: domain_selection(name) for name in DOMAINS}
    series: dict[str, SliceHeader] = {}
    for entry, _ in survey.entries:
        if entry.case is not None:
            series.setdefault(entry.group.slices[0].series, entry.group.slices[0])
    keys = identity_keys(series.values())
    found: dict[str, list[SliceHeader]] = defaultdict(list)
    silent = []
    for header in series.values():
        names = [name for name, rule in rules.items() if _belongs(header, rule, rules)]
        for name in names:
            found[name].append(header)
        if not names:
            silent.append(header)
    if len(found) > 1:
        each = "; ".join(f"{name}: {_listed(headers, keys)}" for name, headers in sorted(found.items()))
        raise ConfigError(
            f"the inputs belong to several domains ({each}); one is needed. Choose it with --domain, "
            "choose a series with --series, or give the inputs in separate runs."
        )
    if not found:
        raise ConfigError(_cannot_tell(silent, len(survey.files), rules, keys))
    ((domain, headers),) = found.items()
    others = len(silent) + sum(bool(cases) for _, cases in survey.files)
    along = f"; {others} other series or files tell no domain and are judged by this one's rules" if others else ""
    return DomainChoice(domain, f"{_listed(headers, keys)}{along}")


def _belongs(header: SliceHeader, rule: Selection, rules: dict[str, Selection]) -> bool:
    """Tell whether a series belongs to a domain; see :func:`choose_domain`."""
    names_part = rule.names_body_part(header)
    if header.modality in rule.modalities:
        return names_part or (header.modality not in _ANY_PART and not rule.contradicts_body_part(header))
    if any(header.modality in other.modalities for other in rules.values()):
        return False
    return names_part and header.modality not in _ANY_PART and not _ANY_PART.issuperset(rule.modalities)


def _listed(headers: list[SliceHeader], keys: frozenset[str]) -> str:
    named = [
        f"{' '.join(filter(None, (header.modality, header_text(header.body_part, keys))))}, series "
        f"{series_line(header, keys)}"
        for header in headers[:_MOST_NAMED]
    ]
    more = len(headers) - len(named)
    return "; ".join(named) + (f" and {more} more" if more else "")


def _cannot_tell(silent: list[SliceHeader], files: int, rules: dict[str, Selection], keys: frozenset[str]) -> str:
    """Say why no domain was found, and which to give."""
    wanted = f"give one with --domain ({', '.join(rules)})"
    if not silent:
        what = {0: "nothing that can be read", 1: "1 file that is not DICOM"}.get(files, f"{files} files, none DICOM")
        return f"the domain cannot be told from {what}: only DICOM says what it shows; {wanted}"
    read = {modality for rule in rules.values() for modality in rule.modalities}
    first = next((header for header in silent if header.modality in read), silent[0])
    part = f"body part {header_text(first.body_part, keys)!r}" if first.body_part else "no body part"
    why = f"has {part}" if first.modality in read else f"is of a modality that no domain is made for, and {part}"
    more = f" ({len(silent) - 1} more series tell nothing either)" if len(silent) > 1 else ""
    near = [name for name, rule in rules.items() if first.modality and first.modality in rule.modalities]
    hint = f"; if it shows {rules[near[0]].body_parts[0].lower()}, {near[0]}" if near else ""
    return f"the domain cannot be told: series {series_line(first, keys)} {why}{more}; {wanted}{hint}"
