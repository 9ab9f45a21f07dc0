"""Reading studies, and the sentences they are compared with."""

from __future__ import annotations

from acd_monai.data.prompts import PromptEnsemble, Sentences

__all__ = ["PromptEnsemble", "Sentences"]
