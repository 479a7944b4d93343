"""Who allowed this film, and in what right. Without a record the film says so in every frame."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Right = Literal["self", "heir", "executor", "rights-holder", "public-domain", "guardian"]


class Consent(BaseModel):
    """The consent on which a person is shown and heard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    granted_by: str = Field(min_length=1)
    """Who grants it: a name, or for the public domain the source that says so."""
    right: Right
    """In what right: the person themself, an heir, the executor, a holder of rights, the public domain, a guardian."""
    scope: str = ""
    """For what: "memorial film shown to the family", "exhibit at …"."""
    granted_on: date | None = None
    until: date | None = None
    """After this day the record no longer covers a new film."""
    evidence: str = ""
    """Where the signed paper or the source is kept."""

    def covers(self, day: date) -> bool:
        """Does the record stand on `day`?"""
        return (self.granted_on is None or self.granted_on <= day) and (self.until is None or day <= self.until)
