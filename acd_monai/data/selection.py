"""Which series of a study are read: those that fit the domain, or those that were asked for.

Only DICOM says what it shows, so only DICOM series are judged; NIfTI files and pictures are read as they come. No plane
is left out: a volume is cut in the domain's plane whatever plane it was scanned in, and coarse cuts are a warning of
the result.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from acd_monai.data.dicom_groups import SliceGroup
from acd_monai.data.dicom_header import SliceHeader

__all__ = ["SECONDARY_CAPTURE", "Selection", "Verdict", "hard_reason", "is_reformat", "judge_groups"]

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""SOP class of screen captures; their multi-frame kinds follow after a dot."""

_REFORMATS = {"MPR", "MPVR", "CPR", "MIP", "MINIP", "MAXIP", "VRT", "SSD", "AVERAGE", "REFORMATTED", "PROJECTION"}
"""Words of ImageType that stand for a picture computed from another series."""

_SCOUTS = {"LOCALIZER", "LOCALISER", "LOC", "SCOUT", "SURVEY", "SURVIEW", "TOPOGRAM", "SCANOGRAM", "PILOT"}
"""Words of a series description that stand for a localizer; not every scanner says so in ImageType."""

_SAYS_NOTHING = {"PARTIALBODY", "WHOLEBODY", "BODY", "UNKNOWN", "UNSPECIFIED", "OTHER", "NONE", "NA", "DEFAULT"}
"""Body parts that rule no part out."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Verdict(NamedTuple):
    """What becomes of one volume of a study.

    Attributes:
        group: its slices.
        reason: why it is left out; empty when it is read.
        notes: what the reader of its map should know, one line each.
    """

    group: SliceGroup
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """What a domain wants of a study.

    Attributes:
        modalities: DICOM modalities of the domain; empty: any.
        body_parts: words that name its part of the body, upper case; empty: any part.
        min_slices: volumes of fewer slices are left out where the study has larger ones.
        series: read just this and ask nothing else: a SeriesInstanceUID, a series number, or a part of the series
            description in any case.
    """

    modalities: Sequence[str] = ()
    body_parts: Sequence[str] = ()
    min_slices: int = 1
    series: str | int | float | None = None  # a config file or a command line may make a number of it

    def fits_modality(self, header: SliceHeader) -> bool:
        """Tell whether the modality is the domain's; one that is not said counts as fitting."""
        return not self.modalities or not header.modality or header.modality in self.modalities

    def contradicts_body_part(self, header: SliceHeader) -> bool:
        """Tell whether the header names another part of the body.

        An empty body part contradicts nothing. The series description never speaks against the body part, only for
        it: BodyPartExamined is often what the protocol was copied from.
        """
        part = _letters(header.body_part)
        return bool(self.body_parts and part) and part not in _SAYS_NOTHING and not self.names_body_part(header)

    def names_body_part(self, header: SliceHeader) -> bool:
        """Tell whether the header's body part holds one of the words, or a word of the description is one.

        DICOM writes parts together (``CHESTABDPELVIS``), so in the body part a word may stand anywhere.
        """
        part = _letters(header.body_part)
        said = _words(header.series_description)
        return any(word in part or word in said for word in self.body_parts)

    def is_asked_for(self, header: SliceHeader) -> bool:
        """Tell whether ``series`` means the header's series (always, when it is not set)."""
        if self.series is None:
            return True
        wanted = str(self.series).strip()
        if wanted == header.series:
            return True
        if wanted.isdecimal():
            return header.series_number == int(wanted)
        return bool(wanted) and wanted.casefold() in header.series_description.casefold()


def judge_groups(groups: Sequence[SliceGroup], selection: Selection | None = None) -> list[Verdict]:
    """Say of each volume whether it is read.

    Without a selection everything is read but localizers, and screen captures beside scans. With one, study by study:

    1. Series of another modality are left out, unless the study has no other.
    2. Then what is a localizer by its description, has another body part, too few slices, or is derived from other
       series (ImageType DERIVED or SECONDARY, MPR, MIP, …) is left out. If that leaves nothing, what is nearest to the
       domain is read, with a note.

    With ``selection.series``, what it means is read and nothing else, localizers too.

    Args:
        groups: volumes of any number of studies.
        selection: what is wanted.

    Returns:
        A verdict for each group, in their order.
    """
    scanned = {group.slices[0].study for group in groups if group.slices[0].has_place}
    if selection is not None and selection.series is not None:
        unasked = "not the series asked for"
        return [Verdict(group, "" if selection.is_asked_for(group.slices[0]) else unasked) for group in groups]
    reasons = [hard_reason(group, scanned) for group in groups]
    if selection is None:
        return [Verdict(group, reason) for group, reason in zip(groups, reasons, strict=True)]
    studies: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        if not reasons[index]:
            studies[group.slices[0].study or group.slices[0].series].append(index)
    verdicts = [Verdict(group, reason) for group, reason in zip(groups, reasons, strict=True)]
    for members in studies.values():
        for index, verdict in zip(members, _judge_study([groups[i] for i in members], selection), strict=True):
            verdicts[index] = verdict
    return verdicts


def hard_reason(group: SliceGroup, scanned_studies: set[str]) -> str:
    """Say why a group is no image to score in any domain, empty when it is one.

    Args:
        group: a volume or picture.
        scanned_studies: StudyInstanceUIDs of the studies that have images with a place in the patient.
    """
    first = group.slices[0]
    if first.is_localizer:
        return "a localizer (scout) image"
    if first.is_picture and _is_screen_capture(first.sop_class) and first.study in scanned_studies:
        return "a screen capture beside the scans of a study"
    return ""


def is_reformat(header: SliceHeader) -> bool:
    """Tell whether ImageType names a reformat or projection (MPR, MIP, …)."""
    return any(not _REFORMATS.isdisjoint(re.split(r"[^A-Z]+", part)) for part in header.image_type)


def _judge_study(groups: list[SliceGroup], selection: Selection) -> list[Verdict]:
    """Judge what is left of one study."""
    fits = [selection.fits_modality(group.slices[0]) for group in groups]
    in_question = [fit or not any(fits) for fit in fits]
    faults = [_faults(group, selection) for group in groups]
    least = min(_weight(fault) for fault, asked in zip(faults, in_question, strict=True) if asked)
    nearest = [asked and _weight(fault) == least for fault, asked in zip(faults, in_question, strict=True)]
    has_stack = any(near and len(group.slices) > 1 for group, near in zip(groups, nearest, strict=True))
    verdicts = []
    for group, asked, fault, near in zip(groups, in_question, faults, nearest, strict=True):
        first, broken = group.slices[0], "; ".join(fault.values())
        lone = has_stack and "slices" in fault and len(group.slices) == 1
        if not asked:
            verdicts.append(Verdict(group, f"modality {first.modality} ({' or '.join(selection.modalities)} wanted)"))
        elif not near or lone:
            verdicts.append(Verdict(group, broken))
        elif fault:
            note = f"read for want of better in its study: {broken}"
            verdicts.append(Verdict(group, "", (note,)))
        else:
            verdicts.append(Verdict(group))
    return verdicts


_WEIGHTS = {"scout": 16, "body part": 8, "reformat": 4, "slices": 2, "derived": 1}
"""How much speaks against a volume that breaks a rule; each outweighs those below it together."""


def _faults(group: SliceGroup, selection: Selection) -> dict[str, str]:
    """Return the rules that a volume breaks, with the reason for people."""
    first = group.slices[0]
    found = {}
    if selection.contradicts_body_part(first):
        found["body part"] = f"another body part ({selection.body_parts[0]} wanted)"
    if first.is_picture:  # lossy compression alone makes a picture DERIVED, and it is no stack of slices
        return found
    if _words(first.series_description) & _SCOUTS:
        found["scout"] = "a localizer (scout) by its description"
    if is_reformat(first):
        found["reformat"] = "a reformat of another series (MPR, MIP, …)"
    elif {"DERIVED", "SECONDARY"} & {part.strip() for part in first.image_type[:2]}:
        found["derived"] = "derived from another series"
    count = len(group.slices)
    if count < selection.min_slices and not first.is_mosaic:
        found["slices"] = f"{count} slice{'' if count == 1 else 's'} ({selection.min_slices} or more wanted)"
    return found


def _words(description: str) -> set[str]:
    return {word.upper() for word in _WORD.findall(description)}


def _letters(value: str) -> str:
    return re.sub(r"[^A-Z]", "", value.upper())


def _weight(faults: dict[str, str]) -> int:
    return sum(_WEIGHTS[rule] for rule in faults)


def _is_screen_capture(sop_class: str) -> bool:
    return sop_class == SECONDARY_CAPTURE or sop_class.startswith(f"{SECONDARY_CAPTURE}.")
