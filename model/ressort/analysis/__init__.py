"""What the runs of a batch say: pure functions of tables, which know nothing of how they are kept.

`tables` takes pairs, outcomes and factors out of the table of results; `bootstrap` resamples draws;
`differences`, `convergence`, `sensitivity`, `factorial`, `scoring`, `discovery`, `emulator` and
`survival` each answer one question; `reading` alone knows the store; `words`, `report` and
`figure` say and draw what came out. docs/analysis.md says what each number means.
"""
