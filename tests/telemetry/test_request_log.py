"""What a record holds besides its fields."""

import itertools
import json
import logging
import time
from typing import Any

import pytest

from acs_tokens.telemetry.request_log import write

log = logging.getLogger("tests.records")


def written(caplog: pytest.LogCaptureFixture, level: int) -> logging.LogRecord:
    with caplog.at_level(logging.INFO):
        write(log, level, "an event", {"status": 200, "detail": None})
    return caplog.records[-1]


def test_a_record_has_all_attributes_of_a_record_of_logging(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = written(caplog, logging.ERROR)

    assert vars(logging.makeLogRecord({})).keys() <= vars(record).keys()
    assert (record.name, record.levelname) == ("tests.records", "ERROR")


def test_its_fields_are_its_message_and_its_attributes(caplog: pytest.LogCaptureFixture) -> None:
    record = written(caplog, logging.INFO)

    fields = {"event": "an event", "status": 200}
    assert json.loads(record.getMessage()) == fields
    assert vars(record).items() >= fields.items()
    assert "detail" not in vars(record)


def test_each_record_has_its_own_time(caplog: pytest.LogCaptureFixture) -> None:
    earlier = written(caplog, logging.INFO)
    before = time.time()
    record = written(caplog, logging.INFO)

    assert earlier.created <= before <= record.created <= time.time()
    assert record.msecs == pytest.approx(record.created % 1 * 1000)
    took = record.relativeCreated - earlier.relativeCreated
    assert took == pytest.approx((record.created - earlier.created) * 1000)


def test_fields_of_one_record_are_not_in_the_next(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        write(log, logging.INFO, "an event", {"problem": "of another request"})

    assert "problem" in vars(caplog.records[0])
    assert "problem" not in vars(written(caplog, logging.INFO))


def test_what_a_record_factory_adds_is_each_records_own(caplog: pytest.LogCaptureFixture) -> None:
    numbers = itertools.count()

    def numbered(*given: Any, **more: Any) -> logging.LogRecord:
        record = logging.LogRecord(*given, **more)
        record.number = next(numbers)
        return record

    logging.setLogRecordFactory(numbered)
    try:
        records = [written(caplog, logging.INFO) for _ in range(2)]
    finally:
        logging.setLogRecordFactory(logging.LogRecord)

    assert [vars(record)["number"] for record in records] == [0, 1]
