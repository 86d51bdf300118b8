/** What an agent may do: cut out a picture, here or by a server; at a server also ask for jobs and usage. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { type RemovalOptions, Remuvr } from '@remuvr/client';
import { OUTPUT_FORMATS, type OutputFormat, QUALITIES, type Quality } from '../../domain/removal-options.ts';
import type { Outcome } from '../remove/remover.ts';
import { preparePlaces } from '../remove/run-tasks.ts';
import type { ServerAddress } from '../remove/server.ts';
import type { Tool, ToolInput } from './protocol.ts';

const text = (description: string) => ({ type: 'string', description }) as const;

const PICTURE = {
  output: text('File to write; without it, beside the input, with "-cutout" in its name.'),
  format: { ...text('Format of the file; without it, what the output is named, else png.'), enum: OUTPUT_FORMATS },
  quality: { ...text('Care taken: fast, auto or best.'), enum: QUALITIES },
  mask: { type: 'boolean', description: 'Write the matte in grey, in place of the cutout.' },
} as const;

export type Order = {
  readonly input: string;
  readonly output: string;
  readonly format: OutputFormat;
  readonly quality: Quality | undefined;
  readonly isMask: boolean;
};

async function readOrder({ input, output, format, quality, mask }: ToolInput): Promise<Order> {
  const source = String(input);
  const isLink = /^https?:\/\//i.test(source);
  const extension = path.extname(String(output ?? '')).slice(1);
  const chosen = (format ?? OUTPUT_FORMATS.find((one) => one === extension) ?? 'png') as OutputFormat;
  const base = isLink ? path.basename(new URL(source).pathname) || 'picture' : source;
  const { dir, name } = path.parse(base);
  const target = path.resolve(String(output ?? path.join(dir, `${name}-cutout.${chosen}`)));
  const refusal = isLink ? undefined : await preparePlaces({ input: source, output: target });
  if (refusal !== undefined) throw new Error(`${source}: ${refusal}`);
  return {
    input: source,
    output: target,
    format: chosen,
    quality: quality as Quality | undefined,
    isMask: mask === true,
  };
}

/** With the model of this machine. */
export function listLocalTools(remove: (order: Order) => Promise<Outcome>): Tool[] {
  return [
    {
      name: 'remove_background',
      description: 'Removes the background of a picture file, and writes the result to a file.',
      properties: { input: text('File of the picture.'), ...PICTURE },
      required: ['input'],
      async call(input) {
        const order = await readOrder(input);
        const { error, confidence } = await remove(order);
        if (error !== undefined) throw new Error(error);
        return { output: order.output, confidence };
      },
    },
  ];
}

export function listServerTools({ url, key }: ServerAddress): Tool[] {
  const remuvr = new Remuvr({ key, baseUrl: url });
  return [
    {
      name: 'remove_background',
      description:
        'Removes the background of a picture, and writes the result to a file. It is charged as one removal.',
      properties: {
        input: text('File or http URL of the picture.'),
        ...PICTURE,
        background: text('What the server puts behind: a value of its parameter.'),
        preset: text('A preset of the server.'),
        wait: { type: 'boolean', description: 'false: do not wait, and answer with the id of a job. true by default.' },
      },
      required: ['input'],
      async call(input, signal) {
        const order = await readOrder(input);
        // Checked by the server, which knows its presets.
        const { background, preset } = input as Pick<RemovalOptions, 'background' | 'preset'>;
        const options = {
          format: order.format,
          quality: order.quality,
          output: order.isMask ? ('mask' as const) : undefined,
          background,
          preset,
        };
        if (input.wait === false) return { job: await remuvr.jobs.create(order.input, options, { signal }) };
        const result = await remuvr.remove(order.input, options, { signal });
        await result.save(`${order.output}.part`);
        await rename(`${order.output}.part`, order.output);
        const { width, height, confidence, creditsCharged } = result;
        return { output: order.output, width, height, confidence, creditsCharged };
      },
    },
    {
      name: 'job_status',
      description: 'How far a job is; a completed one has the link of its result.',
      properties: { id: text('The id of the job.') },
      required: ['id'],
      call: async ({ id }, signal) => ({ job: await remuvr.jobs.get(String(id), { signal }) }),
    },
    {
      name: 'usage',
      description: 'The removals of this month, and the limits of the account.',
      properties: {},
      required: [],
      call: async (_input, signal) => ({ usage: await remuvr.usage({ signal }) }),
    },
  ];
}
