"""The commands that run batches: `ressort batch`, `ressort resume` and `ressort replay`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ressort.cli_options import AsJson, Language, Workers, interruptible
from ressort.errors import RunError
from ressort.output import print_json, print_text

if TYPE_CHECKING:
    from ressort.batch.engine import Settings
    from ressort.batch.estimate import Estimate
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords

File = Annotated[Path, typer.Argument(metavar="FILE", help="A batch file (TOML).")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a batch.")]
Lang = Annotated[Language, typer.Option(help="Language of what is printed.")]


def batch(
    file: File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print runs, time, memory and disk; run two.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the batch; results/NAME by default.")
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Run a batch of a scenario over a design; go on with it if it was interrupted."""
    from ressort.batch.design import load
    from ressort.batch.engine import settings_of
    from ressort.batch.words import BatchWords
    from ressort.progress import say, say_if_cold

    words = BatchWords(lang)
    plan, section = load(file)
    settings = settings_of(section)
    if workers is not None:
        settings = replace(settings, workers=workers)
    say_if_cold(words)
    if dry_run:
        from ressort.batch.estimate import estimate

        say(words("trying"))
        found = estimate(plan, settings.count)
        print_json(vars(found)) if as_json else print_text(_estimated(found, words))
        return
    from ressort.batch.store import Store

    folder = out or Path("results") / plan.name
    seeds = plan.draws * plan.replicates
    say(words("asked", len(plan), len(plan.points), seeds, len(plan.arms)))
    with Store.open_or_create(folder, plan) as store:
        _go_on(store, settings, as_json, words)


def resume(
    folder: Folder,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run failed runs once more.")
    ] = False,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Go on with a batch that was interrupted, from its folder alone."""
    from ressort.batch.engine import Settings
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords
    from ressort.progress import say_if_cold

    words = BatchWords(lang)
    say_if_cold(words)
    with Store.open(folder, writing=True) as store:
        settings = Settings.of(store.manifest["engine"])
        if workers is not None:
            settings = replace(settings, workers=workers)
        _go_on(store, settings, as_json, words, retry_failed)
