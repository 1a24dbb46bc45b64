import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import {
  createImager,
  type Imager,
  type ImageSpec,
  type ImageSpecInput,
  parseImageSpec,
} from '@spectraloom/imaging';
import { namedInstrument, parseInstrument } from '@spectraloom/instrument';
import type { CommandModule } from 'yargs';
import { parse } from 'yaml';
import { UsageError } from '../console/errors.js';
import { type ModelArgs, modelOptions, openModel } from './shared/model.js';

interface ImageArgs extends ModelArgs {
  out: string;
  pipeline?: string;
  instrument?: string;
  resolution?: string;
  twins?: string;
  formFactor?: string;
  scale?: number;
  json: boolean;
}

/** `spectraloom image MODEL --out FILE`: the image the spectrometer would see. */
export const imageCommand: CommandModule<object, ImageArgs> = {
  command: 'image <model>',
  describe:
    'Simulate the image of one model and parameter set, with the resolution of the instrument',
  builder: (y) =>
    modelOptions(y)
      .option('out', {
        describe: 'file to write: .npy (<f4, rows x columns) or .png (tiles with axes)',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('pipeline', {
        describe:
          "pipeline file that describes the image (default: the one beside the model, else PCSMO's layout)",
        type: 'string',
        requiresArg: true,
      })
      .option('instrument', {
        describe: 'name of a built-in instrument, or a file',
        type: 'string',
        requiresArg: true,
      })
      .option('resolution', { describe: 'resolution model', type: 'string', requiresArg: true })
      .option('twins', { describe: 'how twins are turned', type: 'string', requiresArg: true })
      .option('form-factor', {
        choices: ['on', 'off'] as const,
        describe: 'magnetic form factor',
        requiresArg: true,
      })
      .option('scale', { describe: 'factor on the image', type: 'number', requiresArg: true })
      .option('json', { describe: 'facts of the image as JSON', type: 'boolean', default: false })
      .example('$0 image pipelines/pcsmo/models/goodenough.yaml --out x.npy', 'at the fit')
      .example(
        '$0 image pipelines/pcsmo/models/dimer.yaml --param J_FS=-12 --out x.png',
        'another value, as a picture',
      ) as never,
  handler: async (args) => {
    const kind = extname(args.out).toLowerCase();
    if (kind !== '.npy' && kind !== '.png') {
      throw new UsageError({
        what: 'the kind of output file is not known',
        where: '--out',
        got: args.out,
        expected: 'a name that ends in .npy or .png',
      });
    }
    const description = await describeImage(args);
    const { prepared, p, model } = await openModel(args);
    const spec = parseImageSpec(
      {
        ...description.image,
        ...(args.resolution === undefined ? {} : { resolution: args.resolution }),
        ...(args.twins === undefined ? {} : { twins: args.twins }),
        ...(args.formFactor === undefined ? {} : { formFactor: args.formFactor === 'on' }),
        ...(args.scale === undefined ? {} : { scale: args.scale }),
      },
      { source: description.source },
    );
    const imager = createImager({ prepared, instrument: await description.instrument(), spec });
    const since = performance.now();
    const image = imager.simulate(p);
    const seconds = (performance.now() - since) / 1000;
    const bytes =
      kind === '.npy'
        ? (await import('@spectraloom/shards')).writeNpy(image, imager.shape)
        : await picture(image, imager, spec, model.name);
    const temporary = `${args.out}.tmp-${process.pid}`;
    await writeFile(temporary, bytes);
    await rename(temporary, args.out);
    const facts = {
      out: args.out,
      shape: imager.shape,
      masked: imager.mask.reduce((n, m) => n + m, 0),
      largest: image.reduce((a, b) => Math.max(a, b), 0),
      mean: image.reduce((a, b) => a + b, 0) / image.length,
      seconds,
      parameters: Object.fromEntries(model.parameters.map(({ name }, i) => [name, p[i]])),
    };
    process.stdout.write(
      args.json
        ? `${JSON.stringify(facts)}\n`
        : `${args.out}: ${imager.shape.join(' x ')}, mean ${facts.mean.toPrecision(4)}, largest ${facts.largest.toPrecision(4)}, ${facts.masked} pixels without a detector, ${seconds.toFixed(1)} s\n`,
    );
  },
};

/** The image and the instrument: from the options, else from a pipeline file, else the defaults. */
async function describeImage(args: ImageArgs) {
  const beside = join(dirname(resolve(args.model)), '..', 'pipeline.yaml');
  const path = args.pipeline ?? (existsSync(beside) ? beside : undefined);
  const file =
    path === undefined ? {} : (parse(await readFile(path, 'utf8')) as Record<string, unknown>);
  const name =
    args.instrument ?? (typeof file['instrument'] === 'string' ? file['instrument'] : 'maps');
  return {
    source: path ?? 'command line',
    image: (file['image'] ?? {}) as ImageSpecInput,
    instrument: async () => {
      if (!/[\\/]|\.(ya?ml|json)$/.test(name)) return namedInstrument(name);
      const at = args.instrument === undefined && path ? join(dirname(path), name) : name;
      return parseInstrument(await readFile(at, 'utf8'), { source: at });
    },
  };
}

/** Tiles with axes and colour bar, as a PNG. */
async function picture(
  image: Float32Array,
  imager: Imager,
  spec: ImageSpec,
  title: string,
): Promise<Uint8Array> {
  const { renderImagePng } = await import('@spectraloom/report');
  const { reportLayout } = await import('@spectraloom/pipeline');
  return renderImagePng(image, reportLayout(spec, imager.layout), {
    mask: imager.mask,
    title,
    quantity: { label: 'S(Q, E)', unit: `${spec.scale} x 1/meV per magnetic cell` },
  });
}
