"""What pydantic found wrong with a file, said so that its writer can mend it."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_SHOWN = 5  # problems named at once; more would bury the first


def sentences(error: ValidationError, model: type[BaseModel]) -> str:
    """Every problem with its place and, for a typo, the key that was probably meant."""
    found = []
    for item in error.errors()[:_SHOWN]:
        place = ".".join(str(part) for part in _written(item["loc"], model)) or "the file"
        if item["type"] == "extra_forbidden":
            close = difflib.get_close_matches(str(item["loc"][-1]), _keys_at(item["loc"][:-1], model), n=1, cutoff=0.5)
            found.append(f"{place} is not known here" + (f"; did you mean `{close[0]}`?" if close else "."))
        elif item["type"] in ("union_tag_not_found", "union_tag_invalid"):
            found.append(f"{place} needs a `kind:`, one of {', '.join(sorted(_kinds(model)))}.")
        else:
            found.append(f"{place}: {item['msg'].removeprefix('Value error, ')}.")
    return " ".join(found)


def _written(place: tuple[int | str, ...], model: type[BaseModel]) -> list[int | str]:
    # pydantic puts the tag of a union into the place; nobody wrote it there.
    kinds = _kinds(model)
    return [part for i, part in enumerate(place) if not (part in kinds and i and isinstance(place[i - 1], int))]


def _kinds(model: type[BaseModel]) -> frozenset[str]:
    """The values of `kind` that any scene inside `model` may have."""
    return frozenset(
        value
        for field in model.model_fields.values()
        for inner in _models_in(field.annotation)
        if "kind" in inner.model_fields
        for value in get_args(inner.model_fields["kind"].annotation)
    )


def _keys_at(place: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The keys that are allowed at a place of the file."""
    kinds = _kinds(model)
    models: list[type[BaseModel]] = [model]
    for part in place:
        if part in kinds and all("kind" in candidate.model_fields for candidate in models):
            models = [m for m in models if part in get_args(m.model_fields["kind"].annotation)]
        elif isinstance(part, str) and any(part in _keys(candidate) for candidate in models):
            models = [
                inner
                for candidate in models
                for name, field in candidate.model_fields.items()
                if part in (name, field.alias)
                for inner in _models_in(field.annotation)
            ]
    return [key for candidate in models for key in _keys(candidate)]


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
