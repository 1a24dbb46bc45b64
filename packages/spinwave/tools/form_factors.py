"""Writes src/crystal/formFactorData.ts.

<j0> is read from the Python package `periodictable` (public domain), which has it from
P. J. Brown, International Tables for Crystallography C, section 4.4.5. <j2> is read from
form-factor-j2.tsv (the same table with all four decimals) and compared with periodictable.
The 5d ions come from form-factor-5d.tsv where that file exists. Numbers only; see their headers.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install periodictable==2.1.0
    /tmp/v/bin/python packages/spinwave/tools/form_factors.py
"""

import pathlib

import periodictable

here = pathlib.Path(__file__).resolve().parent


def read_table(name):
    rows = {}
    path = here / name
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            ion, *numbers = line.split("\t")
            rows[ion] = [float(x) for x in numbers]
    return rows


def short(x):
    """periodictable keeps single-precision noise (19.336399 for 19.3364)."""
    return round(x, 4) if abs(round(x, 4) - x) < 2e-6 else x


j2_table = read_table("form-factor-j2.tsv")
ions = {}
for element in periodictable.elements:
    try:
        charges = element.magnetic_ff
    except AttributeError:
        continue
    if element.symbol == "O":
        continue
    for charge, ff in sorted(charges.items()):
        name = f"{element.symbol}{charge}"
        j2 = j2_table.get(name)
        if hasattr(ff, "j0"):
            ions[name] = ([short(x) for x in ff.j0], j2)
        else:  # Ce3 is tabulated only as <j0> + (2/g - 1) <j2> with the g of the free ion
            ions[name] = ([short(x) for x in ff.J], None)
        if j2 and hasattr(ff, "j2") and max(abs(a - b) for a, b in zip(j2, ff.j2)) > 6e-4:
            raise SystemExit(f"{name}: <j2> differs from periodictable's {ff.j2}")

five_d = read_table("form-factor-5d.tsv")
for key, numbers in five_d.items():
    name, order = key.rsplit(":", 1)
    j0, j2 = ions.get(name, (None, None))
    ions[name] = (numbers, j2) if order == "j0" else (j0, numbers)

lines = [
    "// Written by packages/spinwave/tools/form_factors.py; change that and run it again.",
    "",
    "/** Pairs (A, a), (B, b), ... then the constant term. */",
    "type Coefficients = readonly number[];",
    "",
    "/**",
    " * Coefficients of <j0> and of <j2>/s^2 by ion ('Mn3' is Mn3+):",
    " * A exp(-a s^2) + B exp(-b s^2) + ... + constant, s = |Q| / 4 pi in Å^-1.",
    " * 3d, 4d, 4f, 5f: P. J. Brown, International Tables for Crystallography C, 4.4.5.",
    " * 5d: K. Kobayashi, T. Nagao, M. Ito, Acta Cryst. A 67, 473 (2011).",
    " * Ce3: tabulated in the dipole approximation as a whole, so it has no <j2> of its own.",
    " */",
    "// biome-ignore format: a table",
    "export const formFactorTable: Readonly<Record<string, readonly [Coefficients, Coefficients?]>> = {",
]
for name, (j0, j2) in ions.items():
    rows = ", ".join("[" + ", ".join(f"{x:.10g}" for x in row) + "]" for row in (j0, j2) if row)
    lines.append(f"  {name}: [{rows}],")
lines.append("};")
(here.parent / "src/crystal/formFactorData.ts").write_text("\n".join(lines) + "\n")
print(f"{len(ions)} ions, without <j2>: {[n for n, (_, j2) in ions.items() if not j2]}")
