"""Derive the national parameter files from the official tables.

    python experiments/parameters/derive.py FOLDER_OF_OFFICIAL_TABLES [--check]

Writes `model/ressort/parameters/{technical,jobs_per_head,farmland}.toml`. The official tables are
not part of the project; what is kept of them are national averages, regrouped to the model's 22
branches and rounded, each with its source. `--check` compares instead of writing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ressort.branches import BRANCHES
from ressort.geography import CENTRALITY_BOUNDS, CENTRALITY_RADIUS_KM, DENSITY_BOUNDS, plane_km

ORDER = list(BRANCHES)
TARGET = Path(__file__).resolve().parents[2] / "model" / "ressort" / "parameters"
POPULATION_2014 = 66.2e6  # INSEE, France including overseas departements, 1 January 2014
DAYS = 365.25
# Purchases under the first bound are left to value added, unless critical and over the second.
SMALLEST_COEFFICIENT = 0.010
SMALLEST_CRITICAL = 0.004
# Where the two published readings of the inventories differ, the sector level one is kept: food
# C10-12, and trade between G46 (18) and G47 (32): the other counts goods for resale as inputs.
STOCK_DAYS = {"food": 38.6, "trade": 25.0}
PHARMA_SHARE_OF_CHEMISTRY_JOBS = 0.40  # recalled: about 100 000 of 250 000 salaried jobs

REGROUPED = {
    "textile": "light",
    "wood_paper": "light",
    "refining": "fuel",
    "plastics_minerals": "materials",
    "metals": "materials",
    "vehicles": "equipment",
    "energy_extraction": "energy",
    "water_waste": "water",
}
IO_SOURCE = (
    "World Input-Output Database, release 2016, table of France 2014, regrouped to 22 branches and "
    "rounded (Timmer, Dietzenbacher, Los, Stehrer, de Vries 2015, CC BY 4.0)"
)
IHS_SOURCE = (
    "survey of IHS Markit analysts in Pichler, Pangallo, del Rio-Chanona, Lafond, Farmer "
    "(2020-22), weighted by the flows of the regrouped branches: critical from 0.75, "
    "important from 0.25"
)


def branch_of(sector: str, branch24: str) -> str:
    """Return the model's branch of one sector of the 56."""
    if sector in ("C20", "C21"):
        return {"C20": "chemicals", "C21": "pharma"}[sector]
    return REGROUPED.get(branch24, branch24)


class NationalTable:
    """The input-output table of France, summed to the model's branches (million EUR a year)."""

    def __init__(self, folder: Path) -> None:
        sectors = pd.read_csv(folder / "io_france_56_sectors.csv")
        flows = pd.read_csv(folder / "io_france_56.csv.gz")
        group = {s: branch_of(s, b) for s, b in zip(sectors.sector, sectors.branch24, strict=True)}
        sectors["branch"] = sectors.sector.map(group)
        self.output = self._sum(sectors, sectors.output_meur)
        self.households = self._sum(sectors, sectors.households_domestic_meur)
        self.households_import = self._sum(sectors, sectors.households_import_meur)
        self.inventory = self._sum(sectors, sectors.input_inventory_days * sectors.output_meur)
        self.inventory /= self.output
        self.inventory.update(pd.Series(STOCK_DAYS))
        flows["total"] = flows.flow_domestic_meur + flows.flow_import_meur
        flows["rated"] = flows.criticality_ihs * flows.total
        for end in ("input", "using"):
            flows[end] = flows[f"{end}_sector"].map(group)

        def square(column: str) -> pd.DataFrame:
            table = flows.pivot_table(index="input", columns="using", values=column, aggfunc="sum")
            return table.loc[ORDER, ORDER]

        self.flows, self.imports = square("total"), square("flow_import_meur")
        self.coefficients = self.flows / self.output
        self.criticality = (square("rated") / self.flows).fillna(0.0)

    @staticmethod
    def _sum(sectors: pd.DataFrame, values: pd.Series) -> pd.Series:
        return values.groupby(sectors.branch).sum().loc[ORDER]


def final_demand(folder: Path, table: NationalTable) -> pd.DataFrame:
    """Return final demand by branch: consumption, public part, imported part, investment (MEUR)."""
    wide = pd.read_csv(folder / "io_france_branches.csv").set_index("branch")

    def column(stem: str) -> pd.Series:
        values = wide[f"{stem}_domestic_meur"] + wide[f"{stem}_import_meur"]
        chemistry = values["chem_pharma"]
        regrouped = values.drop("chem_pharma").rename(index=REGROUPED).groupby(level=0).sum()
        # What the state pays for in chemistry is medicine; investment there is negligible.
        pharma = {"government": chemistry, "npish": 0.0}.get(stem, 0.0)
        return pd.concat(
            [regrouped, pd.Series({"chemicals": chemistry - pharma, "pharma": pharma})]
        ).loc[ORDER]

    private = table.households + table.households_import
    public = column("npish") + column("government")
    imported = table.households_import + (
        wide.npish_import_meur + wide.government_import_meur
    ).rename(index=REGROUPED).groupby(level=0).sum().reindex(ORDER, fill_value=0.0)
    imported["pharma"] += float(wide.government_import_meur["chem_pharma"])
    return pd.DataFrame(
        {
            "consumption": private + public,
            "public": public,
            "imported": imported,
            "investment": column("investment").clip(lower=0.0),
        }
    )


def national_jobs(folder: Path) -> pd.Series:
    """Return jobs at the workplace by branch, France (sum over the bassins de vie)."""
    jobs = pd.read_csv(folder / "bassins_de_vie_jobs24.csv").iloc[:, 3:].sum()
    return split_chemistry(jobs.to_frame().T).iloc[0]


def split_chemistry(jobs: pd.DataFrame) -> pd.DataFrame:
    """Regroup columns of the 24 official branches to the model's 22."""
    chemistry = jobs["chem_pharma"]
    table = jobs.drop(columns="chem_pharma").rename(columns=REGROUPED).T.groupby(level=0).sum().T
    table["pharma"] = PHARMA_SHARE_OF_CHEMISTRY_JOBS * chemistry
    table["chemicals"] = chemistry - table["pharma"]
    return table[ORDER]


def technical_toml(folder: Path) -> str:
    """Return the text of technical.toml: recipes, imports, final demand, output per job."""
    table = NationalTable(folder)
    demand = final_demand(folder, table)
    jobs = national_jobs(folder)
    uses = table.flows.sum(axis=1)
    value_added = (table.output * (1 - table.coefficients.sum())).sum()
    lines = [
        "# Written by experiments/parameters/derive.py: do not edit, change the script.",
        "[about.inputs]",
        'unit = "EUR of input per EUR of output"',
        f'source = "{IO_SOURCE}"',
        'confidence = "published"',
        f'note = "Purchases under {SMALLEST_COEFFICIENT} are left to value added, but for critical '
        f'ones from {SMALLEST_CRITICAL} on."',
        "[about.critical]",
        'unit = "production stops / halves without the input within two months"',
        f'source = "{IHS_SOURCE}"',
        'confidence = "published"',
        "[about.input_stock_days]",
        'unit = "days of use"',
        'source = "Pichler et al., UK monthly inventories about 2019, weighted by French output"',
        'confidence = "published"',
        "[about.import_share]",
        'unit = "share of intermediate use (import_share) or of final consumption '
        '(final_import_share) made abroad"',
        f'source = "{IO_SOURCE}"',
        'confidence = "published"',
        "[about.consumption]",
        'unit = "EUR a person a day, basic prices, paid by households, associations and the state"',
        f'source = "{IO_SOURCE}; population 66.2 million"',
        'confidence = "published"',
        "[about.public_share]",
        'unit = "share of that consumption paid by the state and associations"',
        f'source = "{IO_SOURCE}"',
        'confidence = "published"',
        "[about.investment]",
        'unit = "EUR of the good per EUR of value added made in the territory"',
        f'source = "{IO_SOURCE}"',
        'confidence = "published"',
        "[about.output_per_head]",
        'unit = "EUR an inhabitant of France a day"',
        f'source = "{IO_SOURCE}; population 66.2 million"',
        'confidence = "published"',
        "[about.output_per_job]",
        'unit = "thousand EUR a year per job"',
        'source = "output 2014 (WIOD) over jobs at the workplace (INSEE RP2018 by sector, FLORES '
        '2023 for the branches within a sector)"',
        'confidence = "published"',
        'note = "Vintages are mixed: an order of magnitude within a branch."',
    ]
    for j in ORDER:
        recipe = table.coefficients[j].round(3)
        rating = table.criticality[j]
        least = np.where(rating[recipe.index] >= 0.75, SMALLEST_CRITICAL, SMALLEST_COEFFICIENT)
        recipe = recipe[recipe >= least]
        critical = [i for i in recipe.index if rating[i] >= 0.75]
        important = [i for i in recipe.index if 0.25 <= rating[i] < 0.75]
        lines += [
            f"\n[{j}]",
            "inputs = { " + ", ".join(f"{i} = {a:g}" for i, a in recipe.items()) + " }",
            "critical = [" + ", ".join(f'"{i}"' for i in critical) + "]",
            "important = [" + ", ".join(f'"{i}"' for i in important) + "]",
            f"input_stock_days = {table.inventory[j]:.1f}",
            f"import_share = {table.imports.loc[j].sum() / uses[j]:.2f}",
            f"final_import_share = {min(1, demand.imported[j] / demand.consumption[j]):.2f}",
            f"consumption = {1e6 * demand.consumption[j] / POPULATION_2014 / DAYS:.3f}",
            f"public_share = {demand.public[j] / demand.consumption[j]:.2f}",
            f"investment = {demand.investment[j] / value_added:.4f}",
            f"output_per_job = {1e3 * table.output[j] / jobs[j]:.1f}",
            f"output_per_head = {1e6 * table.output[j] / POPULATION_2014 / DAYS:.2f}",
        ]
    return "\n".join(lines) + "\n"


def jobs_per_head_toml(folder: Path) -> str:
    """Return the text of jobs_per_head.toml: jobs per 1 000 inhabitants by kind of commune."""
    communes = pd.read_parquet(folder / "communes.parquet")
    communes = communes[communes.zone == "metro"].astype({"population_2023": float})
    mix = pd.read_csv(folder / "zones_emploi_branch_mix.csv", dtype={"ze2020_code": str})
    jobs = split_chemistry(commune_jobs24(communes, mix))
    density = communes.population_2023.to_numpy() / communes.area_km2.to_numpy(float)
    x = plane_km(communes.lon.to_numpy(float), communes.lat.to_numpy(float))
    people = communes.population_2023.to_numpy()
    around = cKDTree(x).query_ball_point(x, CENTRALITY_RADIUS_KM)
    share = people / np.maximum([people[list(n)].sum() for n in around], 1.0)
    kind = np.searchsorted(DENSITY_BOUNDS, density) * (len(CENTRALITY_BOUNDS) + 1)
    kind += np.searchsorted(CENTRALITY_BOUNDS, share)
    total = jobs.groupby(kind).sum()
    head = communes.population_2023.groupby(kind).sum()
    lines = [
        "# Written by experiments/parameters/derive.py: do not edit, change the script.",
        "[about.jobs_per_1000]",
        'unit = "jobs at the workplace per 1 000 inhabitants"',
        'source = "INSEE RP2018 jobs and sectors by commune, FLORES 2023 branches by zone '
        "d'emploi, populations 2023; averages of metropolitan France over communes of one kind\"",
        'confidence = "published"',
        f'note = "Kinds: density in inhabitants a km2, bounds {DENSITY_BOUNDS}; share of the '
        f"people within {CENTRALITY_RADIUS_KM} km who live in the commune, bounds "
        f'{CENTRALITY_BOUNDS}. Farm jobs are replaced by farmland."',
    ]
    for k in total.index:
        rates = (1000 * total.loc[k] / head[k]).round(2)
        lines += [f"\n[kind_{k}]", *(f"{b} = {rates[b]:g}" for b in BRANCHES)]
    return "\n".join(lines) + "\n"


def commune_jobs24(communes: pd.DataFrame, mix: pd.DataFrame) -> pd.DataFrame:
    """Spread the jobs of each commune in 5 sectors over 24 branches by the mix of its zone."""
    share = mix.pivot_table(index="ze2020_code", columns="branch", values="share_in_sector")
    sector = mix.drop_duplicates("branch").set_index("branch").sector
    zone = communes.ze2020_code.where(communes.ze2020_code.isin(share.index), "FR")
    local = share.reindex(zone).fillna(0.0).set_axis(communes.index)
    columns = {
        b: local[b] * communes[f"jobs_{sector[b]}_est"].astype(float).fillna(0.0) for b in share
    }
    return pd.DataFrame(columns).reset_index(drop=True)


def farmland_toml(folder: Path) -> str:
    """Return the text of farmland.toml: farmland (SAU) per inhabitant by departement."""
    farms = pd.read_csv(folder / "departements_agri.csv", dtype={"dep_code": str})
    lines = [
        "# Written by experiments/parameters/derive.py: do not edit, change the script.",
        "[about.hectares_per_inhabitant]",
        'unit = "hectares of farmland (SAU) an inhabitant"',
        'source = "Agreste, recensement agricole 2020, over populations 2023"',
        'confidence = "observed"',
        "\n[hectares_per_inhabitant]",
        *(
            f'"{d}" = {s:.4g}'
            for d, s in zip(farms.dep_code, farms.sau_ha_per_inhab, strict=True)
            if np.isfinite(s)
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the files, or with --check compare them with those of the project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    texts = {
        "technical.toml": technical_toml(options.folder),
        "jobs_per_head.toml": jobs_per_head_toml(options.folder),
        "farmland.toml": farmland_toml(options.folder),
    }
    different = (
        [n for n, t in texts.items() if (TARGET / n).read_text("utf-8") != t]
        if options.check
        else []
    )
    if not options.check:
        for name, text in texts.items():
            (TARGET / name).write_text(text, "utf-8")
    for name in different:
        print(f"{name} differs from what the tables give", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
