"""How a caption names a family, and how it says that a thing has a defect."""

from __future__ import annotations

__all__ = ["DEFECT_WORDS", "FAMILY_NOUNS"]

FAMILY_NOUNS: dict[str, tuple[str, ...]] = {
    "assembly_ct": ("CT scan of an assembly", "CT slice through a packed housing", "computed tomography of a device"),
    "brushed_metal": ("brushed metal", "metal surface", "ground steel sheet", "turned metal"),
    "cable_section": ("cable cross-section", "cut cable", "section through a cable", "bundle of insulated wires"),
    "casting_xray": ("X-ray image of a casting", "radiograph of a cast metal part", "X-ray of an aluminium casting"),
    "foam": ("foam", "sponge", "cellular foam sheet", "porous foam"),
    "food_scan": ("tomogram of a nut", "scan of a fruit", "slice through a root", "food in a tomograph"),
    "glass": ("glass", "glass pane", "glossy sheet", "glazed surface"),
    "granular": ("granite", "terrazzo", "granular material", "speckled stone"),
    "industrial_ct": (
        "CT scan of a part",
        "CT slice through a component",
        "industrial computed tomography of a part",
        "tomogram of a moulded part",
    ),
    "laminate_scan": (
        "cross-sectional scan of a laminate",
        "ultrasonic B-scan of a composite",
        "OCT scan of a coating",
        "tomographic scan of layers",
    ),
    "leather": ("leather", "hide", "artificial leather"),
    "mesh": ("mesh", "wire grid", "perforated sheet", "metal grille"),
    "object": ("moulded part", "object", "plastic part", "machined part"),
    "paper": ("paper", "cardboard", "nonwoven sheet", "felt"),
    "pipe_interior": (
        "pipe interior",
        "borescope view of a pipe",
        "endoscope image of a tube",
        "inside of a hose",
    ),
    "printed": ("printed sheet", "printed pattern", "patterned paper", "printed fabric"),
    "tiled": ("tiles", "tiled wall", "brickwork", "tiled floor"),
    "weld_seam": ("weld seam", "welded joint", "weld", "weld bead"),
    "wood": ("wood", "wooden board", "timber", "wood veneer"),
    "woven": ("woven fabric", "cloth", "textile", "fabric"),
}
"""Nouns of every family, the plainest first."""

DEFECT_WORDS: dict[str, tuple[str, ...]] = {
    "blob": ("inclusion", "foreign mass", "bright or dark spot", "lump"),
    "bump": ("bump", "bulge", "raised growth", "swollen"),
    "corrosion": ("corrosion", "corroded", "rot", "pitting"),
    "crack": ("crack", "cracked", "fracture"),
    "delamination": ("delamination", "delaminated", "separated layers", "detachment"),
    "dent": ("dent", "dented", "deformed"),
    "distortion": ("distortion", "distorted", "warped"),
    "foreign_piece": ("foreign body", "contamination", "contaminated"),
    "hole": ("hole", "void", "cavity", "pierced"),
    "misprint": ("misprint", "misplaced patch", "misaligned"),
    "missing_part": ("missing part", "displaced part", "incomplete"),
    "missing_piece": ("missing piece", "chipped", "broken"),
    "pores": ("pores", "porous", "bubbles", "cluster of cavities"),
    "scratch": ("scratch", "scratched", "scrape"),
    "stain": ("stain", "stained", "discoloured"),
    "swelling": ("swelling", "swollen", "thickened", "thinned"),
    "texture_change": ("irregular texture", "abnormal texture", "roughened", "worn"),
}
"""Words for every defect: first its name, then names and states as a caption would have them."""
