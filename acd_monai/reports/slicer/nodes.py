"""MRML nodes as XML elements: one node, and a node together with its look and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import numpy as np

from acd_monai.reports.summary import NOTICE

__all__ = ["add_node", "add_shown", "display_of", "numbers"]

Attributes = Mapping[str, object]


def add_node(
    root: ElementTree.Element,
    tag: str,
    node_id: str,
    attributes: Attributes,
    references: Mapping[str, str] | None = None,
) -> None:
    """Add a node.

    Args:
        root: the scene.
        tag: as Slicer calls the kind of node in a scene.
        node_id: unique in the scene.
        attributes: name and value; True and False as Slicer writes them.
        references: role and id of other nodes, several with spaces between.
    """
    values = {key: str(item).lower() if isinstance(item, bool) else str(item) for key, item in attributes.items()}
    if references:
        values["references"] = "".join(f"{role}:{others};" for role, others in references.items())
    ElementTree.SubElement(root, tag, {"id": node_id, **values})


def add_shown(
    root: ElementTree.Element,
    tag: str,
    node_id: str,
    name: str,
    *,
    storage: str,
    file: str,
    look: Attributes,
    stored: Attributes | None = None,
    own: Attributes | None = None,
    references: Mapping[str, str] | None = None,
    legend: str = "",
) -> None:
    """Add a node that is read from a file and displayed, with the two nodes that say from where and how.

    Args:
        root: the scene.
        tag: kind of node; that of its look has ``Display`` behind it.
        node_id: unique in the scene; ends in one digit.
        name: what a person reads.
        storage: kind of file.
        file: its name, relative to the scene.
        look: attributes of the display.
        stored: further attributes of the storage.
        own: further attributes of the node.
        references: to other nodes.
        legend: id of the node's colour legend.
    """
    display, storage_id = display_of(node_id), f"vtkMRML{storage}Node{node_id[-1]}"
    add_node(root, storage, storage_id, {"name": "storage", "fileName": _encoded(file), **(stored or {})})
    add_node(root, f"{tag}Display", display, {"name": "display", "visibility": True, **look})
    shown = {"display": f"{display} {legend}".strip(), "storage": storage_id, **(references or {})}
    add_node(root, tag, node_id, {"name": name, "description": NOTICE, **(own or {})}, shown)


def display_of(node_id: str) -> str:
    """Return the id of a node's display."""
    return node_id.replace("Node", "DisplayNode")


def numbers(values: np.ndarray | Sequence[float]) -> str:
    """Return numbers as an attribute holds them, exact."""
    return " ".join(repr(float(value)) for value in np.ravel(values))


def _encoded(file: str) -> str:
    """Encode what Slicer decodes in a file name; it takes other letters, of any script, as they are."""
    return file.replace("%", "%25").replace(" ", "%20")
