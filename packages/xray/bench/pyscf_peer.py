"""Answers lines of {basis, positions} with RHF energies and the CPU time of RHF and core CIS."""
import json
import sys
import time

import numpy as np
from pyscf import ao2mo, gto, lib, scf

lib.num_threads(1)


def core_lines(mol, mf):
    """Emission, and absorption by single excitations from 1s: what structures.bench.mjs times of ours."""
    c, e = mf.mo_coeff, mf.mo_energy
    occ = mol.nelectron // 2
    virtual = c[:, occ:]
    core = c[:, :1]
    r = np.einsum("xpq,p,qk->xk", mol.intor("int1e_r"), c[:, 0], c)
    exchange = ao2mo.general(mf._eri, (core, virtual, core, virtual), compact=False)
    direct = ao2mo.general(mf._eri, (core, core, virtual, virtual), compact=False)
    n = virtual.shape[1]
    a = 2 * exchange.reshape(n, n) - direct.reshape(n, n) + np.diag(e[occ:] - e[0])
    w, x = np.linalg.eigh(a)
    return (e[1:occ] - e[0]) ** 3 * (r[:, 1:occ] ** 2).sum(0), 4 / 3 * w * ((r[:, occ:] @ x) ** 2).sum(0)


def run(basis, positions):
    energies = []
    density = None
    for p in positions:
        p = np.array(p).reshape(3, 3)
        mol = gto.M(atom=list(zip(["O", "H", "H"], p)), unit="Bohr", basis=basis, verbose=0)
        mf = scf.RHF(mol)
        mf.conv_tol = 1e-11
        energies.append(mf.kernel(density))
        density = mf.make_rdm1()
        core_lines(mol, mf)
    return energies


run("STO-3G", [[0, 0, 0, 1.4, 1.1, 0, -1.4, 1.1, 0]])
for line in sys.stdin:
    job = json.loads(line)
    before = time.process_time()
    energies = run(**job)
    print(json.dumps({"cpuMs": 1000 * (time.process_time() - before), "energies": energies}), flush=True)
