"""The sentences a method compares an image with: states × templates × noun, state in the outer loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from acd_monai.errors import ConfigError

__all__ = ["PromptEnsemble", "Sentences", "choose_prompts"]


class Sentences(NamedTuple):
    """The sentences for one noun."""

    normal: list[str]
    abnormal: list[str]


class PromptEnsemble:
    """Builds the sentences for any noun a user types.

    Args:
        normal, abnormal: states with ``{}`` where the noun stands, such as ``"a damaged {}"``.
        templates: sentences with ``{}`` where the state stands, such as ``"a photo of {}."``.
        replace: how nouns are spelled, ``{"-": " "}``: each text in it becomes its value.
        noun: said in place of any other, for a method that does not want to know what an image shows.

    Raises:
        ConfigError: a list is empty, or a text has no ``{}``.
    """

    def __init__(
        self,
        normal: Sequence[str],
        abnormal: Sequence[str],
        templates: Sequence[str],
        *,
        replace: Mapping[str, str] | None = None,
        noun: str | None = None,
    ) -> None:
        for name, texts in (("normal", normal), ("abnormal", abnormal), ("templates", templates)):
            bad = [text for text in texts if text.count("{}") != 1]
            if bad or not texts:
                raise ConfigError(f"prompt list {name!r} holds {bad or 'nothing'}; wanted texts with one {{}} each")
        self.normal = tuple(normal)
        self.abnormal = tuple(abnormal)
        self.templates = tuple(templates)
        self.replace = dict(replace or {})
        self.noun = noun

    def __call__(self, noun: str) -> Sentences:
        """Return the sentences for ``noun``, free text such as ``"scan"`` or ``"colon endoscopy image"``.

        Raises:
            ConfigError: the noun is blank.
        """
        noun = noun.strip()
        if not noun:
            raise ConfigError("the noun is blank; wanted what the image shows, for example 'scan'")
        noun = self.noun or noun
        for old, new in self.replace.items():
            noun = noun.replace(old, new)
        return Sentences(
            *(
                [t.format(s.format(noun)) for s in states for t in self.templates]
                for states in (self.normal, self.abnormal)
            )
        )


def choose_prompts(chosen: str, **ensembles: PromptEnsemble) -> PromptEnsemble:
    """Return the one of several named ensembles that a config chooses.

    Raises:
        ConfigError: there is none of that name.
    """
    if chosen not in ensembles:
        raise ConfigError(f"prompt_set is {chosen!r}; wanted one of {', '.join(ensembles)}")
    return ensembles[chosen]
