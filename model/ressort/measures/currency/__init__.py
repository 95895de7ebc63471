"""A local currency: units worth a euro each, beside the euro (S34 to S37, E2, E3).

`measure` holds wallets and the order of its day, `office` changes and backs units, `network` says
who takes part, `invoices` keeps what its producers owe each other and `clearing` nets it; `income`
issues against pledged output, `public` lets taxes be paid, `hits` takes the main acceptor away or
forges units, `notes` tells notes from accounts, `seen` counts.
"""

from __future__ import annotations

from ressort.measures.currency.measure import Currency
from ressort.measures.currency.section import CurrencySection

__all__ = ["Currency", "CurrencySection"]
