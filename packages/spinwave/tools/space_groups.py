"""Writes src/crystal/spaceGroupData.ts and src/crystal/spaceGroup.fixture.ts.

The table holds, for each setting, number, Hermann-Mauguin symbol, extension, Hall symbol and whether
it is the reference setting of its number: facts of International Tables for Crystallography, read
from the Python package gemmi (which has them from cctbx). The fixture holds, for each setting, the
number of operations that gemmi works out and a checksum of them, to test the Hall parser against.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install gemmi==0.7.5
    /tmp/v/bin/python packages/spinwave/tools/space_groups.py
"""

import pathlib
import zlib

import gemmi

here = pathlib.Path(__file__).resolve().parent
crystal = here.parent / "src/crystal"


def canonical(op):
    """Rotation entries and translations in twelfths (gemmi keeps twenty-fourths), as text."""
    rot = [x // gemmi.Op.DEN for row in op.rot for x in row]
    tran = [(t % gemmi.Op.DEN) for t in op.tran]
    return ",".join(str(x) for x in rot + tran)


rows, fixture = [], []
for sg in gemmi.spacegroup_table():
    ext = sg.ext if sg.ext != "\0" else ""
    ref = "*" if sg.is_reference_setting() else ""
    rows.append(f"{sg.number}|{sg.hm}|{ext}|{sg.hall}|{ref}")
    ops = sorted(canonical(op) for op in sg.operations())
    fixture.append([len(ops), zlib.crc32(";".join(ops).encode())])

(crystal / "spaceGroupData.ts").write_text(
    "// Written by packages/spinwave/tools/space_groups.py; change that and run it again.\n\n"
    "/**\n"
    " * Settings of the 230 space groups, a line each: number|Hermann-Mauguin|extension|Hall|'*' for the\n"
    " * reference setting. International Tables for Crystallography A and B, by way of gemmi.\n"
    " */\n"
    "export const spaceGroupTable = `\n" + "\n".join(rows) + "\n`;\n"
)
(crystal / "spaceGroup.fixture.ts").write_text(
    "// Written by packages/spinwave/tools/space_groups.py with gemmi.\n\n"
    "/** Number of operations and CRC-32 of them (sorted), by line of spaceGroupTable. */\n"
    "// biome-ignore format: a table\n"
    "export const gemmiOperations: readonly (readonly [number, number])[] = [\n"
    + "\n".join(
        "  " + " ".join(f"[{n}, {c}]," for n, c in fixture[i : i + 6])
        for i in range(0, len(fixture), 6)
    )
    + "\n];\n"
)
print(len(rows), "settings", gemmi.Op.DEN)
