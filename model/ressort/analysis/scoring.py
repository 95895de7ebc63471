"""Scores of factors by extremely randomised trees, beside those of shuffled copies of them.

For designs that allow no Sobol index. A forest (Geurts, Ernst and Wehenkel 2006) predicts the mean
of each point; the score of a factor is its part in what the forest's splits explain. Shuffled
copies of all factors (Kursa and Rudnicki 2010) compete beside them: what scores no better than the
best copy may be chance. Scores are parts of a prediction, not of the variance: they rank, no more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.tables import encoded, means
from ressort.errors import InputError

Floats = NDArray[np.float64]

ROUNDS: Final = 10  # forests, each with copies shuffled anew
TREES: Final = 100
LEAST_LEAF: Final = 2  # points: a leaf of one learns noise by heart
LEAST_POINTS: Final = 20


@dataclass(frozen=True)
class Scores:
    """Mean score by factor, from most to least; `baseline`: 95th percentile of the best copy.

    `explained`: share of the variance between points that trees predict for points they have not
    seen (R2 out of bag); near or below 0 no score means anything.
    """

    scores: dict[str, float]
    baseline: float
    explained: float
    points: int

    def above(self, key: str) -> bool:
        """Return whether a factor scores better than chance."""
        return self.explained > 0.0 and self.scores[key] > self.baseline

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        above = {"above_baseline": [key for key in self.scores if self.above(key)]}
        return dict(bootstrap.plain(asdict(self) | above))


def feature_scores(values: pd.DataFrame, table: pd.DataFrame) -> Scores:
    """Return scores of factors; `values` as of `tables.outcomes`, `table` as of `tables.inputs`."""
    by_point = means(values)
    numbers, columns = encoded(table.loc[by_point.index])
    if len(by_point) < LEAST_POINTS:
        raise InputError(
            f"scoring: {len(by_point)} points are too few for scores; take {LEAST_POINTS} or more"
        )
    rng = np.random.default_rng(bootstrap.SEED)
    keys = list(dict.fromkeys(column.key for column in columns))
    owner = np.array([keys.index(column.key) for column in columns])
    rounds = [_round(numbers, owner, by_point.to_numpy(), rng) for _ in range(ROUNDS)]
    scores = dict(zip(keys, np.mean([own for own, _, _ in rounds], axis=0), strict=True))
    ranked = {key: float(scores[key]) for key in sorted(keys, key=lambda key: -scores[key])}
    baseline = float(np.quantile([copies.max() for _, copies, _ in rounds], 0.95))
    return Scores(ranked, baseline, float(np.mean([r[2] for r in rounds])), len(by_point))


def _round(
    numbers: Floats, owner: NDArray[np.int64], target: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats, float]:
    """Return scores of factors and of their copies in one forest, and what it explains.

    `owner`: number of the factor of each column; its columns are shuffled together.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    count = int(owner.max()) + 1
    if np.ptp(target) == 0.0:
        return np.zeros(count), np.zeros(count), 0.0
    orders = [rng.permutation(len(target)) for _ in range(count)]
    copies = np.column_stack([numbers[orders[k], c] for c, k in enumerate(owner)])
    forest = ExtraTreesRegressor(
        n_estimators=TREES,
        min_samples_leaf=LEAST_LEAF,
        bootstrap=True,
        oob_score=True,
        random_state=int(rng.integers(2**31)),
    ).fit(np.hstack([numbers, copies]), target)
    own, copied = np.split(forest.feature_importances_, 2)
    by_factor = [np.bincount(owner, part).astype(float) for part in (own, copied)]
    return by_factor[0], by_factor[1], float(forest.oob_score_)
