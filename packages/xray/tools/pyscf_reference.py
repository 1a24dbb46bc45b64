"""Numbers of PySCF for the tests: python packages/xray/tools/pyscf_reference.py > packages/xray/src/testing/pyscf.fixture.ts

PySCF 2.14.0 (pip install pyscf), its own printing of the basis sets, conv_tol 1e-13.
"""
import json
import numpy as np
from pyscf import gto, scf
from pyscf.tdscf import rhf as td

MOLECULES = {
    "hydrogen": "H 0 0 0; H 0 0 0.74",
    "water": "O 0 0 0; H 0.7572 0.5865 0; H -0.80 0.55 0.02",
    "methane": "C 0 0 0; H 0.629 0.629 0.629; H -0.629 -0.629 0.629; H -0.629 0.629 -0.629; H 0.629 -0.629 -0.629",
    "ammonia": "N 0 0 0.1; H 0 0.94 -0.27; H 0.814 -0.47 -0.27; H -0.814 -0.47 -0.27",
    "carbon monoxide": "C 0 0 0; O 0.3 0.4 1.01",
    "hydrogen cyanide": "H 0 0 -1.066; C 0 0 0; N 0 0 1.153",
    "nitrogen": "N 0 0 0; N 0 0 1.098",
    "formaldehyde": "C 0 0 0; O 0 0 1.205; H 0.94 0 -0.587; H -0.94 0.05 -0.587",
    "methanol": "C -0.047 0.664 0; O -0.047 -0.758 0; H -1.093 0.97 0; H 0.437 1.08 0.891; H 0.437 1.08 -0.891; H 0.87 -1.05 0.1",
    "carbon dioxide": "C 0 0 0; O 0 0 1.162; O 0 0 -1.162",
    "hydronium": "O 0 0 0.08; H 0 0.93 -0.2; H 0.805 -0.465 -0.2; H -0.805 -0.465 -0.21",
}
BASES = ["STO-3G", "6-31G", "6-31++G"]
CHARGES = {"hydronium": 1}

out = []
for name, atoms in MOLECULES.items():
    for basis in BASES + (["STO-6G", "3-21G", "6-31+G", "6-311G", "6-311++G"] if name in ("water", "hydrogen cyanide") else []):
        m = gto.M(atom=atoms, basis=basis, charge=CHARGES.get(name, 0), verbose=0)
        # PySCF's own bohr differs in the tenth digit from CODATA 2018: hand over the positions in bohr.
        xyz = np.array([[float(w) for w in a.split()[1:]] for a in atoms.split(";")]) / 0.529177210903
        symbols = [a.split()[0] for a in atoms.split(";")]
        m = gto.M(atom=[(s, p) for s, p in zip(symbols, xyz)], unit="Bohr", basis=basis, charge=CHARGES.get(name, 0), verbose=0)
        mf = scf.RHF(m)
        mf.conv_tol = 1e-13
        mf.kernel()
        mf = mf.newton().run() if not mf.converged else mf
        dip = mf.dip_moment(unit="AU", verbose=0)
        row = {
            "molecule": name,
            "elements": symbols,
            "positionsBohr": [[float(repr(float(x))) for x in p] for p in xyz],
            "charge": CHARGES.get(name, 0),
            "basis": basis,
            "nuclear": mf.energy_nuc(),
            "total": mf.e_tot,
            "orbitals": [float(x) for x in mf.mo_energy],
            "dipole": [float(x) for x in dip],
        }
        nocc = m.nelectron // 2
        nvir = len(mf.mo_energy) - nocc
        if nocc * nvir <= 260:
            a = td.get_ab(mf)[0].reshape(nocc * nvir, -1)
            w, x = np.linalg.eigh(a)
            mo = mf.mo_coeff
            r = np.einsum("xpq,pi,qa->xia", m.intor("int1e_r"), mo[:, :nocc], mo[:, nocc:]).reshape(3, -1)
            f = 4 / 3 * w * ((r @ x) ** 2).sum(0)
            row["cis"] = [float(v) for v in w]
            row["strengthSum"] = float(f.sum())
            # emission into and absorption from orbital 0
            core = np.einsum("xpq,p,qk->xk", m.intor("int1e_r"), mo[:, 0], mo)
            e = mf.mo_energy
            row["emission"] = [float((e[i] - e[0]) ** 3 * (core[:, i] ** 2).sum()) for i in range(1, nocc)]
            ac = td.get_ab(mf)[0][0, :, 0, :]
            w, x = np.linalg.eigh(ac)
            row["coreCis"] = [float(v) for v in w]
            row["coreStrengths"] = [float(v) for v in 4 / 3 * w * ((core[:, nocc:] @ x) ** 2).sum(0)]
        out.append(row)
print("/** Made by packages/xray/tools/pyscf_reference.py with PySCF 2.14.0; atomic units. */")
print("export interface PyscfRow {")
for k, t in dict(molecule="string", elements="string[]", positionsBohr="number[][]", charge="number", basis="string", nuclear="number", total="number", orbitals="number[]", dipole="number[]").items():
    print(f"  {k}: {t};")
for k, t in dict(cis="number[]", strengthSum="number", emission="number[]", coreCis="number[]", coreStrengths="number[]").items():
    print(f"  {k}?: {t};")
print("}\n")
print("// prettier-ignore")
print("export const pyscfRows: readonly PyscfRow[] = [")
for row in out:
    print("  " + json.dumps(row) + ",")
print("];")
