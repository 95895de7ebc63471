"""The commands that compare mechanisms and arms: `ressort signs` and `ressort arms`."""

from __future__ import annotations

import math
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ressort.cli_options import AsJson, Data, Language, Named, Workers, interruptible
from ressort.errors import InputError, RunError
from ressort.output import print_json, print_text
from ressort.words import Words

if TYPE_CHECKING:
    from ressort.arms import ArmResult
    from ressort.signs import Declared
    from ressort.signs_table import Entry
    from ressort.signs_words import SignWords

WIDTH: Final = 100
LINE_EVERY: Final = 10.0  # seconds between lines of progress
Listed = Annotated[str, typer.Option(help="Some only, separated by commas.")]


def signs(
    mechanism: Annotated[
        str, typer.Option(help="Mechanisms, by number or name: E1,E4,placebo; all by default.")
    ] = "",
    shock: Annotated[str, typer.Option(help="Classes of shock; all by default.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 30,
    people: Annotated[
        float | None, typer.Option(min=1, help="Households that a household agent stands for.")
    ] = None,
    member_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of establishments that are members, in all arms."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of the table; an interrupted run goes on there.")
    ] = Path("results/signs"),
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of table and figure.")] = Language.en,
) -> None:
    """Compare each mechanism of cooperation in each class of shock with what was expected."""
    from ressort import signs as declaring
    from ressort import signs_run
    from ressort.signs_words import SignWords
    from ressort.workers import cores

    words = SignWords(lang)
    table = declaring.declared()
    chosen = table.chosen(mechanism.split(","))
    shocks = _some(shock, declaring.CLASSES, "--shock")
    changes = signs_run.Changes(people, member_share)
    _tell(words("running", len(chosen), len(shocks), seeds), table, words)
    with interruptible(words("kept", out)):
        rows = signs_run.run(
            table,
            chosen,
            shocks,
            range(1, seeds + 1),
            out,
            changes,
            workers or cores(),
            progress_lines(words),
        )
        cells, head = _write(rows, table, seeds, people, out, words)
    if as_json:
        print_json([strict(cell.as_record()) for cell in cells])
    else:
        from ressort.signs_table import text

        print_text("\n".join(wrapped(head)) + "\n" + text(cells, table, words))
        print_text("\n" + words("written", out))
    failed = [row["error"] for row in rows if "error" in row]
    if failed:
        raise RunError(words("failed", len(failed), failed[0]))


def _some(text: str, allowed: Sequence[str], option: str) -> tuple[str, ...]:
    """Return the names that an option lists, all if none; InputError for a strange one."""
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    strange = [name for name in wanted if name not in allowed]
    if strange:
        raise InputError(f"{option}: no '{strange[0]}'; choose from {', '.join(allowed)}")
    return wanted or tuple(allowed)


def _tell(message: str, table: Declared, words: SignWords) -> None:
    from ressort.progress import say, say_if_cold

    say_if_cold(Words(words.language))
    for name, part in table.skipped.items():
        say(words("skipped", name, part))
    say(message)


def progress_lines(words: SignWords) -> Callable[[int, int], None]:
    """Return what tells progress now and then, and at the end."""
    from ressort.progress import say

    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= LINE_EVERY:
            last = time.monotonic()
            say(words("cells", done, total))

    return tell


def _write(
    rows: Sequence[dict[str, Any]],
    table: Declared,
    seeds: int,
    people: float | None,
    out: Path,
    words: SignWords,
) -> tuple[list[Entry], list[str]]:
    """Write signs.csv, signs.md and signs.png; return the cells and the heading."""
    from ressort import signs_figure, signs_table

    territory = table.setting["scenario"]["territory"]
    place = territory["label_fr" if words.language == "fr" else "label"]
    agents = people or table.setting["scenario"]["run"]["people_per_agent"]
    cells = signs_table.entries(rows, table)
    head = signs_table.heading(table, place, seeds, agents, words)
    signs_table.frame(cells).to_csv(out / "signs.csv", index=False)
    page = signs_table.markdown(cells, table, head, words)
    (out / "signs.md").write_text(page, "utf-8")
    signs_figure.save(signs_figure.draw(cells, table, place, words), out / "signs.png")
    return cells, head


def strict(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record for strict JSON: what is not finite is None."""
    return {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()
    }


def arms(
    scenario: Named,
    arm: Annotated[
        str, typer.Option("--arms", help="Arms: placebo, selected, observed, dose.")
    ] = "placebo,selected,observed",
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of the table.")] = Language.en,
    data: Data = None,
) -> None:
    """Compare arms of a scenario with the arm without cooperation, by group."""
    from ressort.arms import NAMES, compare_arms
    from ressort.progress import say_if_cold
    from ressort.scenario import load
    from ressort.signs_words import SignWords
    from ressort.workers import cores

    words = SignWords(lang)
    say_if_cold(Words(lang))
    with interruptible(Words(lang)("interrupted")):
        checked = load(scenario, data)
        wanted = _some(arm, NAMES, "--arms")
        found = compare_arms(
            checked,
            wanted,
            seeds,
            workers=workers or cores(),
            data=data,
            progress=progress_lines(words),
        )
    if as_json:
        print_json([strict(row) for one in found for row in one.as_records()])
    else:
        print_text(_arms_text(found, checked.name, words))


def _arms_text(found: Sequence[ArmResult], name: str, words: SignWords) -> str:
    """Return the table of arms, one line an arm and group, with what is not neutral marked."""
    from ressort.arms import MEASURED
    from ressort.metrics_groups import GROUPS
    from ressort.signs_table import aligned, interval, shares

    head = [words("arm"), "", words("needs"), words("share"), words("output"), words("share")]
    rows = [head]
    for one in found:
        for group in GROUPS:
            row = ["" if group != GROUPS[0] else one.name, words(group)]
            for outcome in MEASURED:
                spread = getattr(one, outcome)[group]
                row += [interval(spread, words, 1 if outcome == "needs" else 2), shares(spread)]
            rows.append(row)
    lines = [words("arms title", name), "", *aligned(rows), ""]
    numbers = Words(words.language)
    for one in found:
        beyond = numbers.number(one.exports, signed=True)
        note = f"{one.name}: {words('exports')}: {beyond}"
        if not one.resource_neutral:
            note += "; " + words("not neutral", numbers.number(one.added))
        lines.append(note)
    return "\n".join([*lines, "", *wrapped([words("scope")])])


def wrapped(lines: Sequence[str]) -> list[str]:
    """Return lines broken to the width of the page."""
    return [part for line in lines for part in textwrap.wrap(line, WIDTH)]
