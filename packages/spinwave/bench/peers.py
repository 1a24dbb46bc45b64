"""Energies and S_perp by pySpinW's kernels for systems given as JSON on standard input.

Prints one line of JSON for each system: q-points a second and the results, for comparison.
"""
import json
import os
import sys

import numpy as np

from pyspinw.calculations import spinwave as python_kernel


def run(kernel, system, q):
    """One call of a kernel of pySpinW; kernel has Coupling and spinwave_calculation."""
    dtype = {"dtype": complex, "order": "F"} if kernel is not python_kernel else {"dtype": float}
    couplings = [
        kernel.Coupling(c["i"], c["j"], np.array(c["m"], **dtype).reshape(3, 3, order="C").copy(order=dtype.get("order", "C")), np.array(c["d"], dtype=float))
        for c in system["couplings"]
    ]
    rotations = [np.array(r, **dtype).reshape(3, 3).copy(order=dtype.get("order", "C")) for r in system["rotations"]]
    if kernel is not python_kernel:
        rotations = np.array(rotations, **dtype)
        rotations = [rotations[i, :, :] for i in range(len(system["rotations"]))]
    started = sum(os.times()[:4])
    result = kernel.spinwave_calculation(
        rotations=rotations,
        magnitudes=np.array(system["magnitudes"], dtype=float),
        q_vectors=q,
        couplings=couplings,
        positions=[np.array(p, dtype=float) for p in system["positions"]],
        rlu_to_cart=np.array(system["reciprocal"], dtype=float).reshape(3, 3).T,
    )
    return sum(os.times()[:4]) - started, result


def main():
    """Reads systems, times the kernels, writes results."""
    kernels = {"python": python_kernel}
    try:
        from pyspinw import rust

        kernels["rust"] = rust
    except ImportError:
        pass
    for system in json.load(sys.stdin):
        q = np.array(system["q"], dtype=float).reshape(-1, 3)
        out = {"name": system["name"]}
        for name, kernel in kernels.items():
            some = q if name == "rust" else q[: system["few"]]
            seconds, result = run(kernel, system, some)
            energies = np.array([np.sort(np.real(e))[::-1] for e in result[0]])
            n = energies.shape[1] // 2
            total = [float(np.sum(np.real(x))) for x in result[1]]
            out[name] = {
                "rate": len(some) / seconds,
                "energies": energies[:8, :n].tolist(),
                "total": total[:8],
            }
        print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
