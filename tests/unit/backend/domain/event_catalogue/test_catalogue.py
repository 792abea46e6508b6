"""The catalogue of events: what partners validate with is what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from backend.domain.event_catalogue.catalogue import CATALOGUE, check_news
from backend.domain.event_catalogue.endpoints import EndpointLinks, PingNews
from backend.domain.event_catalogue.news import MAX_EXCERPT, News, Refusal
from backend.domain.event_catalogue.samples import sample_of
from backend.domain.event_catalogue.schemas import DIALECT, schema_of
from backend.domain.submissions import SubmissionState
from backend.domain.webhooks import ENVELOPE_BYTES, LARGE_BODY_BYTES, WebhookEventType
from tests.factories.event_schemas import closed

FORMATS = Draft202012Validator.FORMAT_CHECKER
EVERY = pytest.mark.parametrize("kind", list(CATALOGUE))


def validator(kind: WebhookEventType) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind), format_checker=FORMATS)


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and those of its fields."""
    yield model
    for field in model.model_fields.values():
        for one in (field.annotation, *get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from below(one)


def test_every_type_but_those_that_nothing_announces_is_there():
    assert {one for one in WebhookEventType if one not in CATALOGUE} == {
        WebhookEventType.SYNC_STARTED,
        WebhookEventType.SYNC_COMPLETED,
        WebhookEventType.SYNC_FAILED,
    }


@EVERY
def test_a_schema_is_of_the_dialect_it_names_and_describes_the_body_of_its_sample(kind: WebhookEventType):
    schema = schema_of(kind)
    assert schema["$schema"] == DIALECT
    assert schema["$id"].endswith(kind.value)
    Draft202012Validator.check_schema(schema)
    body = json.loads(sample_of(kind).body())
    assert list(Draft202012Validator(closed(schema), format_checker=FORMATS).iter_errors(body)) == []


@EVERY
def test_a_schema_refuses_what_lacks_any_field_or_is_of_another_type(kind: WebhookEventType):
    body: dict[str, Any] = json.loads(sample_of(kind).body())
    for name in body:
        assert not validator(kind).is_valid({key: value for key, value in body.items() if key != name}), name
    for name in body["data"]:
        data = {key: value for key, value in body["data"].items() if key != name}
        assert not validator(kind).is_valid({**body, "data": data}), name
        assert not validator(kind).is_valid({**body, "data": {**body["data"], name: b"".hex}}), name
    assert not validator(kind).is_valid({**body, "type": "openreg.pong"})
    assert not validator(kind).is_valid({**body, "sequence": 0})


@EVERY
def test_a_schema_lets_fields_come_later(kind: WebhookEventType):
    body: dict[str, Any] = json.loads(sample_of(kind).body())
    assert validator(kind).is_valid({**body, "later": 1, "data": {**body["data"], "later": {}}})


@EVERY
def test_a_sample_is_the_models_own_word_and_thin(kind: WebhookEventType):
    sample = sample_of(kind)
    again = CATALOGUE[kind].data.model_validate(sample.data, extra="forbid")
    assert again.document() == sample.data
    assert len(sample.body()) < LARGE_BODY_BYTES // 10
    assert len(sample.body()) - len(again.model_dump_json().encode()) <= ENVELOPE_BYTES
    assert again.model_dump()["links"], "leads to more"


@EVERY
def test_what_is_of_a_report_says_so(kind: WebhookEventType):
    of_none = {"rule_set", "dataset", "webhook", "openreg"}
    data = CATALOGUE[kind].data.model_validate(sample_of(kind).data)
    assert bool(data.reports()) is (kind.family not in of_none)


def test_data_of_another_event_is_refused():
    ping = PingNews.model_validate(sample_of(WebhookEventType.OPENREG_PING).data)
    check_news(WebhookEventType.OPENREG_PING, ping)
    for kind in CATALOGUE.keys() - {WebhookEventType.OPENREG_PING}:
        with pytest.raises(TypeError):
            check_news(kind, ping)

    class Wider(PingNews):
        more: int = 1

    with pytest.raises(TypeError):
        check_news(
            WebhookEventType.OPENREG_PING, Wider(webhook_id=ping.webhook_id, links=EndpointLinks(webhook="/api/v1/x"))
        )
    with pytest.raises(TypeError):
        check_news(WebhookEventType.SYNC_STARTED, ping)


def test_every_state_of_a_submission_that_others_see_has_an_event():
    told = {one.value.partition(".")[2] for one in CATALOGUE if one.family == "submission"}
    assert told == {one.value for one in SubmissionState} - {"withdrawn"}


def test_texts_from_elsewhere_are_cut():
    assert len(Refusal(code="x", message="ä" * 100_000).message) == MAX_EXCERPT


def test_no_event_has_data_of_records():
    """Free values would let anything through; each field is named and typed."""
    for data in {one.data for one in CATALOGUE.values()}:
        assert issubclass(data, News)
        for model in below(data):
            for name, field in model.model_fields.items():
                assert field.annotation not in {dict, object, Any}, (data, name)
