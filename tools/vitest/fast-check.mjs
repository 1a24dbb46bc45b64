/**
 * What tests get for `fast-check` (an alias in lanes.mjs): the same, drawing the same numbers in every
 * run, so that a change is judged by the change. SPECTRALOOM_SEED=N or =random looks elsewhere; a
 * failure prints its seed.
 */
import fc from '../../node_modules/fast-check/lib/fast-check.js';

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;

const wanted = process.env.SPECTRALOOM_SEED ?? '20260101';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
