"""Examples in the OpenAPI document are what bodies are like."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from resight.service.routes import records
from resight.service.routes.parts import Refusal


@pytest.mark.parametrize(
    "body", [records.RecognitionBody, records.DetectionsBody, records.VerificationBody, records.ChangedBody, Refusal]
)
def test_an_example_is_a_body(body: type[BaseModel]) -> None:
    [example] = body.model_json_schema()["examples"]
    assert body.model_validate(example).model_dump(mode="json").keys() == example.keys()
