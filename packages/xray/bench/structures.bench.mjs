/**
 * CPU milliseconds a structure by basis (emission, absorption and photoelectron lines of water in the
 * 3000 K ensemble), and spectra a second of an EXAFS path. Where SPECTRALOOM_PEERS_PYTHON names a Python
 * with PySCF, the same molecules by PySCF on one thread (RHF to the same energy, and core CIS from its
 * own integrals), interleaved, as a ratio, with the largest difference of total energies:
 *   python3 -m venv /tmp/peers && /tmp/peers/bin/pip install pyscf
 *   SPECTRALOOM_PEERS_PYTHON=/tmp/peers/bin/python npm run bench -- xray/bench/structures
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  createWaterSimulator,
  linearGrid,
  parseFeffPath,
  ScatteringPath,
  waterFromNormals,
  waterPositions,
} from '../dist/index.js';

let state = 7;
const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const geometries = Array.from({ length: 200 }, () =>
  waterFromNormals([normal(), normal(), normal()], { temperatureK: 3000 }),
);
const median = (v) => v.slice().sort((a, b) => a - b)[v.length >> 1];
const cpuMs = (f) => {
  const before = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

const python = process.env.SPECTRALOOM_PEERS_PYTHON;
let peer;
if (python && existsSync(python)) {
  const child = spawn(python, [fileURLToPath(new URL('pyscf_peer.py', import.meta.url))], {
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  peer = {
    run: async (basis, positions) => {
      child.stdin.write(`${JSON.stringify({ basis, positions })}\n`);
      return JSON.parse((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
} else {
  console.log('without PySCF: SPECTRALOOM_PEERS_PYTHON does not name a Python with it');
}

const chunk = 20;
for (const basis of ['STO-3G', '6-31G', '6-31++G']) {
  const simulator = createWaterSimulator({ basis });
  for (const g of geometries) simulator.simulate(g);
  const own = [];
  const theirs = [];
  let largest = 0;
  for (let round = 0; round < 5; round++) {
    const part = geometries.slice(round * chunk, (round + 1) * chunk);
    const energies = [];
    own.push(
      cpuMs(() => part.forEach((g) => energies.push(simulator.simulate(g).totalHa))) / chunk,
    );
    if (!peer) continue;
    const answer = await peer.run(
      basis,
      part.map((g) => Array.from(waterPositions(g))),
    );
    theirs.push(answer.cpuMs / chunk);
    answer.energies.forEach((e, i) => (largest = Math.max(largest, Math.abs(e - energies[i]))));
  }
  const told = `${basis.padEnd(8)} ${median(own).toFixed(2)} ms of CPU a structure`;
  console.log(
    peer
      ? `${told}; PySCF ${median(theirs).toFixed(1)} ms: ${(median(theirs) / median(own)).toFixed(0)} times; energies differ by ${largest.toExponential(1)} Ha at most`
      : told,
  );
}
peer?.end();

const shared =
  process.env.SPECTRALOOM_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const table = `${shared}/data/exafs/palladium/feff0001.dat`;
if (existsSync(table)) {
  const path = new ScatteringPath(parseFeffPath(readFileSync(table, 'utf8'), 'palladium'));
  const k = linearGrid(0, 15, 301);
  const chi = new Float64Array(k.length);
  const rounds = [];
  for (let round = 0; round < 7; round++) {
    rounds.push(
      cpuMs(() => {
        for (let i = 0; i < 2000; i++) {
          chi.fill(0);
          path.addTo(
            k,
            { amplitude: 10, deltaR: 0.001 * (i % 7), sigma2: 0.005, e0Ev: i % 5 },
            chi,
          );
        }
      }) / 2000,
    );
  }
  console.log(`EXAFS    ${(1000 / median(rounds)).toFixed(0)} spectra of 301 points a CPU-second`);
} else {
  console.log(`skipped EXAFS: no ${table} (set SPECTRALOOM_SHARED)`);
}
