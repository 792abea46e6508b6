"""The contract as far as files can keep it: no server, no users, no TLS, and no local times without a declared zone."""

import threading
import time

import pytest

from backend.services.connectors import faults
from backend.services.storage import ObjectStorage
from tests.integration.backend.services.connectors import test_contract as contract
from tests.integration.backend.services.connectors.test_contract import rows_of
from tests.services.files_source import FilesSource
from tests.services.servers import S3Address

SLOW = "select count(*) as n from numbers a, numbers b where a.g + b.g = 7"


@pytest.fixture(scope="module")
def source(s3_server: S3Address, bucket: str) -> FilesSource:
    storage = ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        bucket=bucket,
    )
    return FilesSource.filled(storage)


@pytest.fixture
def streaming_source(source: FilesSource) -> FilesSource:
    assert source.connect().capabilities.streams
    return source


def test_what_files_cannot_have_is_said(source: FilesSource):
    offered = source.connect().capabilities
    assert (offered.ssl_modes, offered.needs_credentials, offered.sql_dialect) == ((), False, "duckdb")
    assert (offered.streams, offered.enforces_read_only, offered.cancels_on_server) == (True, True, True)


class TestOfTheContract:
    test_texts = contract.TestValues.test_null_empty_and_confusing_texts_stay_apart
    test_numbers = contract.TestValues.test_exact_numbers_arrive_exactly
    test_names = contract.TestValues.test_columns_without_a_name_of_their_own_are_refused
    test_batches = contract.TestBatches.test_batches_have_at_most_the_rows_asked_for_in_the_querys_order
    test_cut = contract.TestBatches.test_the_cut_is_the_same_every_time
    test_no_rows = contract.TestBatches.test_no_rows_give_no_batches_and_a_schema
    test_memory = contract.TestBatches.test_memory_does_not_grow_with_the_rows
    test_long_rows = contract.TestBatches.test_batches_of_very_long_rows_are_small
    test_given = contract.TestParameters.test_a_value_arrives_as_it_was_given
    test_null = contract.TestParameters.test_a_parameter_without_a_value_is_null_of_its_type
    test_described = contract.TestParameters.test_a_query_is_described_from_types_alone
    test_undeclared = contract.TestParameters.test_an_undeclared_parameter_is_named
    test_unknown_column = contract.TestRefusals.test_an_unknown_column_is_told
    test_unknown_table = contract.TestRefusals.test_an_unknown_table_is_told
    test_no_single_select = contract.TestRefusals.test_what_is_no_single_select_is_refused
    test_preview = contract.TestBrowsing.test_a_preview_gives_the_first_rows_in_the_querys_order
    test_limit_of_its_own = contract.TestBrowsing.test_a_preview_of_a_query_with_a_limit_of_its_own_is_no_longer
    test_huge_preview = contract.TestBrowsing.test_a_preview_of_a_huge_result_is_quick


def test_a_query_that_gives_nothing_yet_is_cancelled(source: FilesSource):
    with source.connect().extract(SLOW, {}) as extraction:
        threading.Timer(0.5, extraction.cancel).start()
        started = time.monotonic()
        with pytest.raises(faults.ExtractionCancelled):
            list(extraction)
        assert time.monotonic() - started < 2.5


def test_a_query_that_runs_too_long_is_stopped(source: FilesSource):
    with pytest.raises(faults.QueryTimedOut, match="1 seconds"):
        rows_of(source.connect(statement_timeout_seconds=1), SLOW)
