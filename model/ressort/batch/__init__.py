"""Batches: many runs of one plan, stored as they are done, resumed where they stopped.

`plan` says what is to be run, `design` reads it from a TOML file and `sampling` draws its points;
`work` does one run and `rows` makes tables of it; `executors`, `processes`, `dask_executor` and
`clusters` spread chunks of runs over processes or machines; `engine` drives them, `seeds` says when
a point has enough, and the `store` keeps what comes; `query` and `export` read it.
"""
