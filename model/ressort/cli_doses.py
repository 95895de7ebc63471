"""The command `ressort doses`: what a local currency changes as more people and firms take part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ressort.cli_options import AsJson, Data, Language, Named, Workers, interruptible
from ressort.cli_signs import progress_lines, strict, wrapped
from ressort.errors import RunError
from ressort.output import print_json, print_text
from ressort.words import Words

if TYPE_CHECKING:
    from ressort.doses_table import Point
    from ressort.doses_words import DoseWords
    from ressort.scenario import Scenario


def doses(
    scenario: Named,
    points: Annotated[
        str, typer.Option(help="Doses, shares from 0 to 1 separated by commas.")
    ] = "0,0.013,0.05,0.1,0.3,0.6,1",
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    people: Annotated[
        float | None, typer.Option(min=1, help="Households that a household agent stands for.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="OUT/<name>-doses is written; an interrupted run goes on there.")
    ] = Path("results"),
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of table and figure.")] = Language.en,
    data: Data = None,
) -> None:
    """Draw the dose curve of a local currency: needs and output by shares of people and firms."""
    from ressort import doses as dosing
    from ressort.doses_words import DoseWords
    from ressort.simulation import chosen_seeds
    from ressort.workers import cores

    words = DoseWords(lang)
    shares = dosing.points_of(points)
    checked = _load(scenario, people, data, words)
    chosen = chosen_seeds(checked, seeds)
    wanted = dosing.grid(checked, shares)
    folder = out / f"{checked.name}-doses"
    _tell(words("running", len({dose.pair for dose in wanted}), len(chosen)), words)
    with interruptible(words("kept", folder)):
        cells = dosing.run(
            checked, wanted, chosen, folder,
            workers=workers or cores(), data=data, progress=progress_lines(words),
        )  # fmt: skip
        found, said = _write(checked, wanted, cells, folder, words)
    if as_json:
        from ressort.doses_table import records

        print_json([strict(row) for point in found for row in records(point)])
    else:
        print_text("\n".join([*said, "", words("written", folder)]))
    failed = [row["error"] for rows in cells.values() for row in rows if "error" in row]
    if failed:
        raise RunError(words("failed", len(failed), failed[0]))


def _load(name: str, people: float | None, data: Path | None, words: DoseWords) -> Scenario:
    """Return the scenario with a currency, and say so if it had none."""
    from ressort.doses import with_currency
    from ressort.doses_table import percent
    from ressort.progress import say
    from ressort.scenario import check, load

    given = load(name, data)
    if people is not None:
        content = given.model_dump()
        content["run"]["people_per_agent"] = people
        given = check(content, given.name, data)
    found = with_currency(given)
    if given.currency is None and found.currency is not None:
        shares = found.currency.adoption, found.currency.firm_share
        say(words("usual", *(percent(share, words) for share in shares)))
    return found


def _tell(message: str, words: DoseWords) -> None:
    from ressort.progress import say, say_if_cold

    say_if_cold(Words(words.language))
    say(message)


def _write(
    scenario: Scenario, wanted: Sequence[Any], cells: Any, folder: Path, words: DoseWords
) -> tuple[list[Point], list[str]]:
    """Write doses.csv, doses.txt, doses.png and doses.svg; return the points and the text."""
    from ressort import doses_figure, doses_table

    found = doses_table.points(wanted, cells)
    place = doses_table.place_of(scenario, words)
    head = wrapped(doses_table.heading(scenario, place, cells, words))
    said = [doses_table.text(found, scenario, head, words)]
    said += wrapped([*doses_table.conclusions(found, scenario, words), words("model")])
    doses_table.frame(found).to_csv(folder / "doses.csv", index=False)
    (folder / "doses.txt").write_text("\n".join(said) + "\n", "utf-8")
    title = doses_table.title_of(scenario, words)
    figure = doses_figure.draw(found, title, place, scenario.run.people_per_agent, words)
    doses_figure.save(figure, folder)
    return found, said
