/** Models of the benchmark, as files are written. */

export const chain = `
name: one-site ferromagnetic chain
lattice: { a: 3, b: 8, c: 8 }
sites: [{ label: M, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ bond: { from: M, to: M, cell: [1, 0, 0] }, exchange: -1 }]
`;

export const antiferromagnet = `
name: two-site antiferromagnetic square lattice with an easy axis
lattice: { a: 4, b: 4, c: 9 }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
  - { label: B, position: [0.5, 0.5, 0], spin: 1, direction: [0, 0, -1] }
interactions:
  - bonds:
      - { from: A, to: B, cell: [0, 0, 0] }
      - { from: A, to: B, cell: [-1, 0, 0] }
      - { from: A, to: B, cell: [0, -1, 0] }
      - { from: A, to: B, cell: [-1, -1, 0] }
    exchange: 1
anisotropy: [{ axis: [0, 0, 1], strength: -0.01 }]
`;

/** Triangular lattice, 120 degrees, in an n x n supercell; 9 sites for n = 3. */
export function triangular(n) {
  const spins = [];
  for (let x = 0; x < n; x++)
    for (let y = 0; y < n; y++) {
      const angle = ((x + y) * 2 * Math.PI) / 3;
      spins.push(
        `{ site: M, cell: [${x}, ${y}, 0], direction: [${Math.cos(angle)}, ${Math.sin(angle)}, 0] }`,
      );
    }
  return `
name: triangular 120 degrees, ${n} x ${n}
lattice: { a: 4, b: 4, c: 6, gamma: 120 }
sites: [{ label: M, position: [0, 0, 0], spin: 1.5 }]
structure:
  supercell: [${n}, ${n}, 1]
  spins: [${spins.join(', ')}]
interactions:
  - bonds:
      - { from: M, to: M, cell: [1, 0, 0] }
      - { from: M, to: M, cell: [0, 1, 0] }
      - { from: M, to: M, cell: [1, 1, 0] }
    exchange: 1
`;
}

/** Ferromagnetic square lattice, ny x nx sites in the cell: 22 x 33 = 726 spins. */
export function largeCell(nx, ny) {
  return `
name: square ferromagnet in a ${nx} x ${ny} cell
lattice: { a: 3, b: 3, c: 9 }
sites: [{ label: M, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }]
structure: { supercell: [${nx}, ${ny}, 1] }
interactions:
  - bonds: [{ from: M, to: M, cell: [1, 0, 0] }, { from: M, to: M, cell: [0, 1, 0] }]
    exchange: { matrix: [[-1, 0.1, 0], [-0.1, -1, 0], [0, 0, -1.1]] }
anisotropy: [{ axis: [1, 0, 0], strength: 0.2 }]
`;
}

/** Two sites, full tensors, DM: nothing to reduce. (Equal spins: pySpinW 1.1.0b2 takes the wrong one of two.) */
export const general = `
name: ferromagnet with DM and tensors
lattice: { a: 4, b: 5, c: 6, alpha: 80, beta: 95, gamma: 105 }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
  - { label: B, position: [0.3, 0.4, 0.6], spin: 1, direction: [0, 0, 1] }
interactions:
  - { bond: { from: A, to: B }, exchange: { heisenberg: -2, dm: [0, 0, 0.4] } }
  - { bond: { from: A, to: A, cell: [1, 0, 0] }, exchange: { xyz: [-1, -0.7, -1.2], dm: [0, 0, 0.3] } }
  - { bond: { from: B, to: B, cell: [0, 1, 0] }, exchange: { matrix: [[-1, 0.2, 0], [-0.1, -0.8, 0], [0, 0, -1.4]] } }
  - { bond: { from: B, to: A, cell: [0, 1, 1] }, exchange: { heisenberg: -0.6, dm: [0, 0, -0.2] } }
anisotropy: [{ matrix: [[0.1, 0.05, 0], [0.05, 0.2, 0], [0, 0, -0.3]] }]
`;
