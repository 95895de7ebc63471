"""The section `[currency]` of a scenario, and which settings do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from ressort.branches import BRANCHES
from ressort.measures.currency.measure import Currency
from ressort.measures.sections import Section, section_of

if TYPE_CHECKING:
    # Made from the records of the settings, which a type checker cannot read.
    class _CurrencySettings(Section):
        adoption: float
        firm_share: float
        excluded: tuple[str, ...]
        sinks: tuple[str, ...]
        pledged_goods: tuple[str, ...]
        recipients: float
        income_units: float
        pledge_share: float
        join_rate: float
        ready: bool
        launch_years: float
        from_year: float
        unbacked: bool
        clearing: bool
        invoice_days: int
else:
    _CurrencySettings = section_of(Currency)


class CurrencySection(_CurrencySettings):
    """A local currency in the arm `with`; every key has a usual value."""

    @model_validator(mode="after")
    def _branches_exist(self) -> Self:
        for key in ("excluded", "sinks", "pledged_goods"):
            strange = sorted(set(getattr(self, key)) - set(BRANCHES))
            if strange:
                known = ", ".join(BRANCHES)
                raise ValueError(f"{key}: '{strange[0]}' is no branch; use some of {known}")
        return self

    @model_validator(mode="after")
    def _income_is_backed(self) -> Self:
        in_units = self.recipients > 0 and self.income_units > 0
        if in_units and not self.unbacked and not (self.pledge_share > 0 and self.pledged_goods):
            raise ValueError(
                "recipients: no output backs an income in units; set pledge_share above 0 and "
                "pledged_goods, or income_units = 0.0"
            )
        if in_units and not self.unbacked:
            self._somebody_pledges()
        return self

    def _somebody_pledges(self) -> None:
        closed = set(self.excluded) - set(self.sinks)
        if set(self.pledged_goods) <= closed:
            raise ValueError(
                "pledged_goods: all these branches are excluded, so that nobody could ever pledge "
                "output for the income; take one off excluded, or set income_units = 0.0"
            )
        if self.firm_share == self.join_rate == 0.0 and not set(self.sinks) & set(
            self.pledged_goods
        ):
            raise ValueError(
                "firm_share: nobody accepts and nobody joins (join_rate = 0.0), so that nobody "
                "could ever pledge output for the income; raise one of them, or set "
                "income_units = 0.0"
            )

    @model_validator(mode="after")
    def _launch_takes_time(self) -> Self:
        if self.launch_years > 0.0 and self.ready and self.from_year == 0.0:
            raise ValueError(
                "launch_years: a currency that is ready on day 0 is launched already; set "
                "ready = false, or leave launch_years out"
            )
        return self

    @model_validator(mode="after")
    def _there_is_something_to_clear(self) -> Self:
        if self.clearing and self.invoice_days == 0:
            raise ValueError(
                "clearing: all is paid on delivery and there is nothing to net; set invoice_days "
                "to 1 to 60, or clearing = false"
            )
        return self
