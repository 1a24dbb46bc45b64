import { z } from 'zod';

/**
 * The model file as written (before symmetry, supercell and rules are worked out). One schema for
 * YAML and JSON; `modelFileJsonSchema` publishes it for editors. What a schema cannot say (does the
 * site exist, do two sites coincide, ...) is checked where the file is resolved.
 */

const fraction = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*(\/\s*(\d+(\.\d*)?|\.\d+))?\s*$/i;

function isFiniteFraction(text: string): boolean {
  const [numerator, denominator] = text.split('/');
  return Math.abs(Number(numerator) / Number(denominator ?? 1)) <= MAX_MODEL_NUMBER;
}

/** No quantity of a model in its unit is larger; beyond it products overflow. */
export const MAX_MODEL_NUMBER = 1e12;

const bounded = z.number().min(-MAX_MODEL_NUMBER).max(MAX_MODEL_NUMBER);

const real = z
  .union(
    [bounded, z.string().regex(fraction).refine(isFiniteFraction, 'expected a finite number')],
    {
      error: 'expected a finite number up to 1e12, or a fraction such as 7/4',
    },
  )
  .meta({ id: 'real', description: 'A finite number, or a fraction such as "7/4".' });

const positiveInteger = z.number().int().positive();

const vec3 = z
  .tuple([real, real, real], { error: 'expected three numbers [x, y, z]' })
  .meta({ id: 'vector' });

const mat3 = z
  .tuple([vec3, vec3, vec3], { error: 'expected three rows of three numbers' })
  .meta({ id: 'matrix' });

/** A number, or a sum of parameters with numeric factors. */
const linear = z
  .union([bounded, z.string()], {
    error: 'expected a number up to 1e12, a parameter, or a sum such as "J1 - 0.5*J2 + 0.1"',
  })
  .meta({
    id: 'linear',
    description: 'A number, a parameter name, or a linear sum of them, e.g. "J1 - 0.5*J2 + 0.1".',
  });

const linearVec3 = z.tuple([linear, linear, linear], { error: 'expected three entries [x, y, z]' });

const linearMat3 = z.tuple([linearVec3, linearVec3, linearVec3], {
  error: 'expected three rows of three entries',
});

const oneOrMany = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'expected a label or a list of labels',
});

const range = z.tuple([real, real], { error: 'expected [minimum, maximum]' });

const prior = z
  .union(
    [
      z.literal('fixed'),
      z.strictObject({ uniform: range }),
      z.strictObject({ logUniform: range }),
      z.strictObject({
        normal: z.strictObject({
          mean: real,
          sd: real,
          min: real.optional(),
          max: real.optional(),
        }),
      }),
    ],
    {
      error:
        "expected 'fixed', { uniform: [min, max] }, { logUniform: [min, max] } or { normal: { mean, sd } }",
    },
  )
  .describe('What `sampling` draws the parameter from.');

const parameter = z.union(
  [
    real,
    z.strictObject({
      value: real.describe('Default value; for a published model the published fit.'),
      unit: z
        .enum(['meV', 'T', ''], { error: "expected 'meV', 'T', or '' for a pure number" })
        .optional()
        .describe("'meV' (default), 'T' for a field, '' for a pure number."),
      uncertainty: real.optional().describe('Standard deviation of the published value.'),
      prior: prior.optional(),
      description: z.string().optional(),
    }),
  ],
  { error: 'expected a number, or { value, unit, prior }' },
);

const siteReference = z
  .union([z.string(), vec3], {
    error: "expected a site: its label, 'Label#2' for the second of that label, or its position",
  })
  .meta({
    id: 'site',
    description:
      "A site: 'Label' if there is one of it, 'Label#2' for the second, or its position.",
  });

const site = z.strictObject({
  label: z.string().min(1),
  position: vec3.describe('Fractional coordinates in the lattice of this file.'),
  spin: real.describe('Spin quantum number S > 0.'),
  ion: z.string().optional().describe("Form factor, e.g. 'Mn3' for Mn3+; without it F = 1."),
  g: z
    .union([real, vec3, mat3], { error: 'expected g, [gx, gy, gz], or a 3 x 3 tensor' })
    .optional()
    .describe('g factor, its three principal values along x, y, z, or the tensor. Default 2.'),
  direction: vec3.optional().describe('Direction of the spin, any length.'),
  moment: vec3
    .optional()
    .describe(
      'Ordered moment in Bohr magnetons, along the spin (the sign of the electron left out).',
    ),
});

const structure = z.strictObject({
  supercell: z
    .tuple([positiveInteger, positiveInteger, positiveInteger])
    .optional()
    .describe('Magnetic cell in cells of the lattice. Default [1, 1, 1].'),
  spins: z
    .array(
      z.strictObject({
        site: siteReference,
        cell: z.tuple([z.number().int(), z.number().int(), z.number().int()]).optional(),
        direction: vec3,
      }),
    )
    .optional()
    .describe('Spin directions by site and cell of the supercell; they win over those of `sites`.'),
  k: vec3
    .optional()
    .describe(
      'Propagation vector in r.l.u.: the spin of cell n is turned by 2 pi k.n about `axis`.',
    ),
  axis: vec3.optional().describe('Rotation axis of the propagation.'),
  phase: z
    .enum(['cell', 'position'])
    .optional()
    .describe('Angle 2 pi k.n by cell (default), or 2 pi k.(n + r) by position r of the site.'),
  relax: z
    .union([
      z.boolean(),
      z.strictObject({
        starts: positiveInteger.optional(),
        seed: z.number().int().min(0).optional(),
      }),
    ])
    .optional()
    .describe('Find the spin directions by minimising the classical energy.'),
});

const exchange = z.union(
  [
    linear,
    z.strictObject({
      heisenberg: linear.optional().describe('J S_i.S_j; J > 0 is antiferromagnetic.'),
      xyz: linearVec3.optional().describe('[Jx, Jy, Jz]: Jx Sx Sx + Jy Sy Sy + Jz Sz Sz.'),
      dm: linearVec3.optional().describe('D . (S_from x S_to).'),
      matrix: linearMat3.optional().describe('S_from^T M S_to, row by row.'),
      biquadratic: linear.optional().describe('B (S_i.S_j)^2.'),
    }),
  ],
  { error: 'expected J, or { heisenberg, xyz, dm, matrix, biquadratic }' },
);

const bondReference = z.strictObject({
  from: siteReference,
  to: siteReference,
  cell: z
    .tuple([z.number().int(), z.number().int(), z.number().int()])
    .optional()
    .describe('Cell of `to`, in cells of the lattice. Default [0, 0, 0].'),
});

const interaction = z.strictObject({
  name: z.string().min(1).optional().describe('Shown in reports; default: what the exchange says.'),
  exchange,
  bond: bondReference.optional().describe('One explicit bond.'),
  bonds: z.array(bondReference).min(1).optional().describe('Explicit bonds.'),
  shell: positiveInteger.optional().describe('The n-th shortest distance between any two sites.'),
  distance: z
    .union([real, range], { error: 'expected a length in Å, or [minimum, maximum]' })
    .optional()
    .describe('Bond length in Å (within `tolerance`), or a range.'),
  tolerance: real.optional().describe('Å, for `distance`. Default 0.001.'),
  vector: z
    .union([vec3, z.array(vec3).min(1)], { error: 'expected a step [x, y, z], or a list of steps' })
    .optional()
    .describe('Fractional step from `from` to `to`.'),
  direction: vec3.optional().describe('Lattice direction [u, v, w] that the step is along.'),
  from: oneOrMany.optional().describe('Label(s) of the first site; orients the bond.'),
  to: oneOrMany.optional().describe('Label(s) of the second site; orients the bond.'),
  spins: z.enum(['equal', 'opposite']).optional().describe('Relative direction of the two spins.'),
  where: oneOrMany
    .optional()
    .describe(
      "Condition(s) on the bond, all of which must hold: 'step.x > 0', 'from.x = 1/2', 'to.z < 0.5' (fractional; from and to in [0, 1)).",
    ),
  count: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Expected bonds a magnetic cell; checked.'),
  propagate: z
    .boolean()
    .optional()
    .describe(
      'Explicit bonds: copy to all symmetry images, with the matrix turned. Default true where the file has a symmetry.',
    ),
});

const power = z.number().int().min(0).max(6);

const stevensTerm = z.strictObject({
  k: z.union([z.literal(2), z.literal(4), z.literal(6)], { error: 'expected k = 2, 4 or 6' }),
  q: z.number().int().min(-6).max(6),
  strength: linear,
});

const anisotropy = z.strictObject({
  site: oneOrMany.optional().describe("Label(s), or 'Label#2'; default all sites."),
  axis: vec3.optional().describe('With `strength`: strength (S.n)^2.'),
  strength: linear.optional(),
  matrix: linearMat3.optional().describe('S^T A S, A symmetric.'),
  stevens: z
    .union([stevensTerm, z.array(stevensTerm).min(1)], {
      error: 'expected { k, q, strength }, or a list of them',
    })
    .optional()
    .describe(
      'B_kq O_kq(S) in Cartesian axes; a list is one tensor, turned and checked as a whole.',
    ),
  polynomial: z
    .array(z.strictObject({ powers: z.tuple([power, power, power]), strength: linear }))
    .min(1)
    .optional()
    .describe(
      'Sum of strength Sx^a Sy^b Sz^c, powers [a, b, c] with a + b + c = 2, 4 or 6 (Cartesian axes).',
    ),
  propagate: z
    .boolean()
    .optional()
    .describe('Turn the tensor with the symmetry operation that makes each image. Default true.'),
});

const twin = z.strictObject({
  name: z.string().optional(),
  weight: real.describe('Fraction of the sample; all weights sum to 1.'),
  rotation: z
    .union(
      [
        mat3,
        z.strictObject({ axis: vec3, angle: real.describe('Degrees.') }),
        z.literal('identity'),
      ],
      { error: "expected three rows, { axis, angle } in degrees, or 'identity'" },
    )
    .optional()
    .describe('Takes Q (Cartesian) of the lab frame to the frame of the domain. Default identity.'),
});

/** The zod schema of a model file. */
export const modelFileSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  format: z
    .literal('spectraloom-spin-model/1', { error: "expected 'spectraloom-spin-model/1'" })
    .optional(),
  name: z.string().min(1),
  label: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected letters, digits, _ . - only')
    .optional()
    .describe('Short class label for data sets; default made from the name.'),
  description: z.string().optional(),
  references: z.array(z.string()).optional(),
  frame: z
    .enum(['cartesian', 'lattice'])
    .optional()
    .describe(
      'Axes of directions, moments, rotation axes and the field: cartesian (x along a, y in the a-b plane; default) or lattice (unit vectors along a, b, c).',
    ),
  lattice: z.strictObject({
    a: real.describe('Å'),
    b: real.describe('Å'),
    c: real.describe('Å'),
    alpha: real.optional().describe('Degrees, default 90.'),
    beta: real.optional().describe('Degrees, default 90.'),
    gamma: real.optional().describe('Degrees, default 90.'),
  }),
  symmetry: z
    .strictObject({
      spaceGroup: z
        .union([positiveInteger, z.string()])
        .optional()
        .describe("Number 1 to 230, or a symbol such as 'P n m a' or 'Pnma'."),
      operations: z
        .array(z.string())
        .min(1)
        .optional()
        .describe("Generators such as 'x, y+1/2, -z'; a fourth part -1 adds time reversal."),
      spins: z
        .enum(['copy', 'transform'])
        .optional()
        .describe(
          "Spin of a symmetry image: that of the listed site ('copy', default), or turned as an axial vector, with time reversal.",
        ),
    })
    .optional(),
  parameters: z.record(z.string(), parameter).optional(),
  sites: z.array(site).min(1, 'expected at least one site'),
  structure: z
    .union([z.literal('relax'), structure], {
      error: "expected 'relax', or { supercell, spins, k, axis, relax }",
    })
    .optional()
    .describe('Magnetic structure; without it each site has its direction or moment.'),
  shellTolerance: real
    .optional()
    .describe('Å: lengths closer than this are one shell. Default 0.001.'),
  interactions: z.array(interaction).optional(),
  anisotropy: z.array(anisotropy).optional(),
  field: z
    .union([linearVec3, z.strictObject({ direction: vec3, magnitude: linear })], {
      error: 'expected [Bx, By, Bz] in tesla, or { direction, magnitude }',
    })
    .optional()
    .describe('Magnetic field in tesla.'),
  dipole: z
    .strictObject({
      method: z.enum(['ewald', 'cutoff']),
      cutoff: real.optional().describe("Å; only for method 'cutoff'."),
      demagnetisation: z
        .union([real, vec3, mat3], { error: 'expected N, [Nx, Ny, Nz], or a 3 x 3 tensor' })
        .optional()
        .describe('Demagnetisation factor; default 0. A sphere has 1/3.'),
    })
    .optional()
    .describe('Dipole-dipole interaction of all sites.'),
  conventions: z
    .strictObject({
      singleIon: z.enum(['classical', 'quantum']).optional().describe('Default classical.'),
      biquadratic: z.enum(['classical', 'quantum']).optional().describe('Default quantum.'),
    })
    .optional()
    .describe(
      "Powers of one spin's components: 'classical' is the large-S limit, 'quantum' the coherent-state value, e.g. (1 - 1/2S) for D Sz^2.",
    ),
  twins: z.array(twin).min(1).optional(),
  temperature: real.optional().describe('Kelvin, default 0.'),
});

/** A model file as written. */
export type ModelFile = z.infer<typeof modelFileSchema>;
export type InteractionSpec = z.infer<typeof interaction>;
export type AnisotropySpec = z.infer<typeof anisotropy>;
export type ExchangeSpec = z.infer<typeof exchange>;
export type SiteReference = z.infer<typeof siteReference>;
export type BondReference = z.infer<typeof bondReference>;
export type Real = z.infer<typeof real>;
export type RealVec3 = z.infer<typeof vec3>;
export type RealMat3 = z.infer<typeof mat3>;
export type Linear = z.infer<typeof linear>;

/** JSON Schema (draft 2020-12) of the model file; the tracked copy is schema/spin-model.schema.json. */
export function modelFileJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(modelFileSchema, { target: 'draft-2020-12', io: 'input' }),
    $id: 'https://spectraloom.dev/schema/spin-model.schema.json',
    title: 'Spectraloom spin model',
  };
}
