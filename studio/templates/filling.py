"""The scenes of a template with what was given in its places: $names, choices of language, conditions and loops.

In a template's `production:`, wherever it stands:

- `$name`, `$c.title`, `$album.first`: what was given. Alone it keeps its type; inside words it is written out. Of
  lists there are `first`, `last` and `rest` (all but the first). What is not there leaves its key out. `$role|dates`
  is the first of several that was given.
- `{en: …, zh: …}`: the one in the film's language.
- in lists, `{for: c, in: chapters, do: […]}`: once for every one of them; `$number` counts from 01, and the condition
  `first` holds for the first.
- in lists, `when: [words, not album]` beside other keys: only where all of it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from studio.templates.given import is_empty, many
from studio.types import Language

_LANGUAGES = frozenset({"en", "zh"})


class _Words(Template):
    _path = r"[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*"
    idpattern = rf"(?a:{_path}(?:\|{_path})*)"


def fill(node: Any, values: Mapping[str, Any], language: Language) -> Any:
    """`node` with `values` in its places.

    Raises:
        KeyError: the template names something that is no slot of it.
    """
    if isinstance(node, Mapping):
        if set(node) == _LANGUAGES:
            return fill(node[language], values, language)
        filled = {key: fill(value, values, language) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(node, list):
        return [filled for item in node for filled in _item(item, values, language)]
    if isinstance(node, str):
        return _text(node, values)
    return node


def look_up(path: str, values: Mapping[str, Any]) -> Any:
    """What `c.photos.first` or `role|dates` stands for; None where nothing was given."""
    found: Any = None
    for way in path.split("|"):
        found = values
        for part in way.split("."):
            found = _part(found, part)
        if not is_empty(found):
            break
    return found


def _part(found: Any, part: str) -> Any:
    if isinstance(found, Mapping):
        return found[part]
    if found is None:
        return None
    if isinstance(found, Sequence) and not isinstance(found, str):
        match part:
            case "rest":
                return found[1:]
            case "first" | "last":
                return (found[0] if part == "first" else found[-1]) if found else None
    raise KeyError(part)


def _text(node: str, values: Mapping[str, Any]) -> Any:
    whole = _Words.pattern.fullmatch(node)
    name = whole and (whole["named"] or whole["braced"])
    if name:
        return look_up(name, values)
    return _Words(node).substitute(_Shown(values))


class _Shown(Mapping[str, Any]):
    """Values by their paths, as words show them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, path: str) -> Any:
        found = look_up(path, self._values)
        return "" if found is None else found

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _item(item: Any, values: Mapping[str, Any], language: Language) -> list[Any]:
    """What an element of a list becomes: nothing, itself, or several."""
    if not isinstance(item, Mapping):
        return [fill(item, values, language)]
    if "when" in item and not all(_holds(condition, values) for condition in many(item["when"])):
        return []
    plain = {key: value for key, value in item.items() if key != "when"}
    if "for" not in plain:
        return [fill(plain, values, language)]
    turns = enumerate(look_up(plain["in"], values), 1)
    scopes = [
        {**values, plain["for"]: value, "number": f"{number:02d}", "first": number == 1} for number, value in turns
    ]
    return [filled for scope in scopes for each in plain["do"] for filled in _item(each, scope, language)]


def _holds(condition: str, values: Mapping[str, Any]) -> bool:
    name = condition.removeprefix("not ")
    found = look_up(name, values)
    given = found is not False and not is_empty(found)
    return given if name == condition else not given
