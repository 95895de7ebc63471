"""The tests never depend on which official tables a machine happens to have.

`RESSORT_DATA` would turn estimated jobs into observed ones everywhere. It is set aside here for the
tests of the tables themselves.
"""

from __future__ import annotations

import os

given = os.environ.pop("RESSORT_DATA", None)
if given:
    os.environ["RESSORT_DATA_OF_TESTS"] = given
