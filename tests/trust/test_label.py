from __future__ import annotations

import json
from datetime import date

import pytest
from pydantic import ValidationError

from studio.trust.consent import Consent
from studio.trust.label import metadata

DAY = date(2026, 6, 1)


def test_the_aigc_key_is_what_the_standard_names() -> None:
    tags = metadata("Keepsake Studio", "abc", "AI 重现")
    table = json.loads(tags["AIGC"])
    assert list(table) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert table["Label"] == "1" and table["ProduceID"] == "abc" and tags["comment"] == "AI 重现"


@pytest.mark.parametrize(
    ("record", "covered"),
    [
        ({}, True),
        ({"granted_on": "2026-06-01", "until": "2026-06-01"}, True),
        ({"granted_on": "2026-06-02"}, False),
        ({"until": "2026-05-31"}, False),
    ],
)
def test_a_record_stands_from_its_day_to_its_day(record: dict[str, str], covered: bool) -> None:
    assert Consent.model_validate({"granted_by": "Anna", "right": "heir", **record}).covers(DAY) is covered


@pytest.mark.parametrize("record", [{"granted_by": ""}, {"right": "friend"}, {"signed": True}])
def test_a_record_without_a_name_or_a_right_is_none(record: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Consent.model_validate({"granted_by": "Anna", "right": "heir", **record})
