"""Batches: many runs of one plan, stored as they are done, resumed where they stopped.

`plan` says what is to be run, `design` reads it from a TOML file and `sampling` draws its points;
`work` does one run; `executors` and `clusters` spread chunks of runs over processes or machines;
`engine` drives them and writes to the `store`; `query` and `export` read it.
"""
