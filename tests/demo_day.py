"""The day for which the tests make demo data."""

import datetime as dt

TODAY = dt.date(2026, 3, 2)
MIDNIGHT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
