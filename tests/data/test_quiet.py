from __future__ import annotations

import logging
import threading
import warnings

import pydicom.config
import pytest

from acd_monai.data.quiet import quiet_pydicom, quiet_thread


def test_silent_inside_and_not_outside(recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture) -> None:
    with quiet_pydicom(), quiet_pydicom():
        assert pydicom.config.settings.reading_validation_mode == pydicom.config.IGNORE
        warnings.warn("patient Doe", stacklevel=1)
        logging.getLogger("pydicom").warning("patient Doe")
    assert pydicom.config.settings.reading_validation_mode == pydicom.config.WARN
    assert not recwarn.list and not caplog.records
    warnings.warn("said", stacklevel=1)
    logging.getLogger("pydicom").warning("said")
    assert [str(item.message) for item in recwarn.list] == ["said"] and caplog.messages == ["said"]


def test_another_thread_swaps_the_filters_meanwhile(recwarn: pytest.WarningsRecorder) -> None:
    """``catch_warnings`` elsewhere begins before and ends inside the quiet part, and the other way round."""
    entered, quiet, left, spoken = (threading.Event() for _ in range(4))

    def read() -> None:
        entered.wait(10)
        with quiet_thread():
            quiet.set()
            left.wait(10)
            warnings.warn("patient Doe", stacklevel=1)
            spoken.set()

    thread = threading.Thread(target=read)
    thread.start()
    with quiet_thread():
        pass  # the filter is there before the other thread looks
    with warnings.catch_warnings():
        entered.set()
        assert quiet.wait(10)
    left.set()
    assert spoken.wait(10)
    thread.join()
    assert not recwarn.list
    warnings.warn("said", stacklevel=1)
    assert [str(item.message) for item in recwarn.list] == ["said"]


def test_a_thread_is_quiet_for_itself_alone(recwarn: pytest.WarningsRecorder) -> None:
    with quiet_thread():
        thread = threading.Thread(target=lambda: warnings.warn("said", stacklevel=1))
        thread.start()
        thread.join()
    assert [str(item.message) for item in recwarn.list] == ["said"]


def test_it_ends_with_an_error_too(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(ZeroDivisionError), quiet_pydicom():
        raise ZeroDivisionError
    warnings.warn("said", stacklevel=1)
    assert len(recwarn.list) == 1
    assert pydicom.config.settings.reading_validation_mode == pydicom.config.WARN
