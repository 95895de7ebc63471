"""The commands that run batches: `ressort batch`, `ressort resume` and `ressort replay`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ressort.cli_options import AsJson, Language, Workers, interruptible
from ressort.errors import InputError, RunError
from ressort.output import print_json, print_text

if TYPE_CHECKING:
    from ressort.batch.engine import Counts, Replay
    from ressort.batch.estimate import Estimate
    from ressort.batch.executors import Engine
    from ressort.batch.plan import Plan
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords

File = Annotated[Path, typer.Argument(metavar="FILE", help="A batch file (TOML).")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a batch.")]
Lang = Annotated[Language, typer.Option(help="Language of what is printed.")]
Again = Annotated[bool, typer.Option("--retry-failed", help="Run failed runs once more.")]


def batch(
    file: File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try two runs; print runs, time, memory and disk.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the batch; results/NAME by default.")
    ] = None,
    retry_failed: Again = False,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Run a scenario over a design, in all arms and seeds; go on if it was interrupted."""
    from ressort.batch.design import load
    from ressort.batch.words import BatchWords

    words = BatchWords(lang)
    plan, section = load(file)
    engine = _with_workers(section.engine(), workers)
    if dry_run:
        _print_estimate(plan, engine, as_json, words)
        return
    folder = out or Path("results") / plan.name
    _say_asked(plan, words)
    with interruptible(words("kept", folder)), opened(folder, plan, engine) as store:
        _go_on(store, engine, retry_failed, as_json, words)


def resume(
    folder: Folder,
    retry_failed: Again = False,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Go on with a batch from its folder alone."""
    from ressort.batch.executors import Engine
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords

    words = BatchWords(lang)
    with interruptible(words("kept", folder)), Store.open(folder, writing=True) as store:
        engine = Engine(**store.manifest.get("engine", {}))
        _go_on(store, _with_workers(engine, workers), retry_failed, as_json, words)


def replay(
    folder: Folder,
    run: Annotated[int, typer.Argument(metavar="RUN", min=0, help="Number of the run.")],
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Run one run of a batch again, with the books checked every day; show why it failed."""
    from ressort.batch import engine
    from ressort.batch.records import DONE
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords
    from ressort.progress import say_if_cold

    words = BatchWords(lang)
    say_if_cold(words)
    with interruptible(words("replay ended")), Store.open(folder) as store:
        again = engine.replay(store, run)
        before = store.record(run)
        is_done = before is not None and again.record.status == before.status == DONE
        same = store.holds(again.result) if is_done else None
    if as_json:
        print_json(_told(again, same))
    else:
        print_text(_replayed(again, same, words))
    if again.record.status != DONE:
        raise RunError(words("replay failed", run, again.record.error))
    if same is False:
        raise RunError(words("replay not same", run))


def _with_workers(engine: Engine, workers: int | None) -> Engine:
    return engine if workers is None else replace(engine, workers=workers)


def opened(folder: Path, plan: Plan, engine: Engine) -> Store:
    """Return the store of a plan, new or there already; InputError if it is of another plan."""
    from ressort.batch.folders import is_at
    from ressort.batch.store import Store

    if not is_at(folder):
        return Store.create(folder, plan, engine=asdict(engine))
    store = Store.open(folder, writing=True)
    if store.plan != plan:
        store.close()
        raise InputError(
            f"{folder}: a batch of another plan; choose another folder by --out, or go on with "
            f"that one by `ressort resume {folder}`"
        )
    return store


def _go_on(
    store: Store, engine: Engine, retry_failed: bool, as_json: bool, words: BatchWords
) -> None:
    """Do what a store lacks; RunError if runs failed."""
    counts = fill(store, engine, retry_failed, words)
    if as_json:
        told = {"asked": counts.asked, "done": counts.done, "failed": counts.failed}
        print_json(told | {"folder": str(store.folder), "fingerprint": store.fingerprint()})
    else:
        print_text(words("done", words.number(counts.done), store.folder))
    complain_of_failures(store, words)


def fill(store: Store, engine: Engine, retry_failed: bool, words: BatchWords) -> Counts:
    """Do what a store lacks, with progress, and return its counts."""
    from ressort.batch.engine import run_scenarios
    from ressort.batch.progress import BatchProgress
    from ressort.progress import say, say_if_cold

    before, folder = store.counts(), store.folder
    if before.done + before.failed:
        left = before.asked - before.done - before.failed
        say(words("going on", folder, before.done + before.failed, left))
    say_if_cold(words)
    with BatchProgress(words) as progress:
        return run_scenarios(
            store.plan,
            store=store,
            executor=engine,
            progress=lambda c: progress.update(c.done, c.failed, c.asked),
            retry_failed=retry_failed,
        )


def complain_of_failures(store: Store, words: BatchWords) -> None:
    """Raise RunError if runs of a store failed."""
    counts = store.counts()
    if counts.failed:
        first = store.failures(1)[0].run_ids[0]
        raise RunError(words("failed", counts.failed, counts.asked, store.folder, first))


def _say_asked(plan: Plan, words: BatchWords) -> None:
    from ressort.progress import say

    seeds = plan.draws * plan.replicates
    say(words("asked", len(plan), len(plan.points), seeds, len(plan.arms)))
    if plan.stop is not None:
        most = len(plan.points) * plan.stop.most * plan.replicates
        say(words("asked most", most, plan.stop.most))


def _print_estimate(plan: Plan, engine: Engine, as_json: bool, words: BatchWords) -> None:
    from ressort.batch.estimate import estimate
    from ressort.progress import say, say_if_cold
    from ressort.workers import cores

    say_if_cold(words)
    say(words("trying"))
    with interruptible(words("interrupted")):
        found = estimate(plan, engine.workers or cores())
    if as_json:
        print_json(asdict(found) | {"seconds": found.seconds})
    else:
        print_text("\n".join(_estimated(found, words)))


def _estimated(found: Estimate, words: BatchWords) -> list[str]:
    """Return the lines of an estimate."""
    runs = words.number(found.runs)
    if found.most_runs > found.runs:
        runs += " " + words("estimate most", words.number(found.most_runs))
    rows = (
        (words("estimate runs"), runs),
        (words("estimate points"), words.number(found.points)),
        (words("estimate seeds"), words.number(found.seeds)),
        (words("estimate arms"), words.number(found.arms)),
        (words("estimate days"), words.number(found.days)),
        (words("estimate second"), words.number(found.seconds_a_run, 3)),
        (words("estimate time", found.workers), words.span(found.seconds)),
        (words("estimate memory"), words.size(found.memory_bytes)),
        (words("estimate disk"), words.size(found.disk_bytes)),
    )
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows] + [words("estimate note")]


def _told(again: Replay, same: bool | None) -> dict[str, Any]:
    return {**asdict(again.case), **asdict(again.record), "same_as_stored": same}


def _replayed(again: Replay, same: bool | None, words: BatchWords) -> str:
    """Return what a replay gave: that it closes and is the same, or its traceback."""
    from ressort.batch.records import DONE

    case, record = again.case, again.record
    which = words("replayed", case.run_id, case.scenario_id, case.seed, case.luck)
    if record.status != DONE:
        return f"{which}\n{record.traceback or record.error}"
    told = "replay same" if same else "replay unlike" if same is False else "replay new"
    seconds = words.number(record.seconds, 2)
    return f"{which}\n{words('replay done', seconds)}\n{words(told)}"
