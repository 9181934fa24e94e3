"""The arithmetic of docs/scaling.md."""

import math
import re

from acs_tokens.calls import MAX_CALLS
from acs_tokens.limits import MAX_CALLERS
from acs_tokens.sweeper import BATCH
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "scaling.md").read_text()
DAY, PEAK, LOADS_EACH, ACS_SECONDS = 86_400, 4, 10, 0.1


def test_every_row_is_what_the_quota_makes_of_it() -> None:
    quota = 1000 / 30
    rows = re.findall(
        r"^\| ([\d,.]+)( million)? \| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE
    )

    assert len(rows) == 5
    for number, million, peak, resources, kept, instances in rows:
        loads = float(number.replace(",", "")) * (1e6 if million else 1)
        at_peak = loads / DAY * PEAK
        assert int(peak.replace(",", "")) == round(at_peak, -1 if at_peak > 1000 else 0)
        assert int(resources) == math.ceil(round(at_peak / quota, 2))
        assert int(kept) == math.ceil(round(at_peak / LOADS_EACH / quota, 2))
        assert int(instances) == math.ceil(at_peak * ACS_SECONDS / MAX_CALLS)


def test_the_page_names_the_bounds_that_the_code_has() -> None:
    assert f"{MAX_CALLS} calls at once" in PAGE
    assert f"at most {MAX_CALLERS:,} callers" in PAGE
    assert f"{BATCH} an hour, {BATCH * 24:,} a day" in PAGE
