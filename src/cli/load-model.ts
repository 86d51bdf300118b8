/** The configured model, ready on the disk: pulled with a progress bar where it is not there yet. */
import { SingleBar } from 'cli-progress';
import type { Config } from '../config.ts';
import { decideModelLicense, type Model, type ReadyModel, resolveModel, withChoice } from '../domain/model.ts';
import { choosePrecision, openModelFiles, type PullProgress } from '../platform/engine.ts';
import { CommandError } from './terminal.ts';

/** The row of MODEL; refuses a name that is unknown and a licence that was not accepted. */
export function chooseModel(config: Config, name = config.MODEL): Model {
  const resolution = resolveModel(name);
  if (resolution.kind === 'unknown') throw new CommandError(resolution.sentence);
  const license = decideModelLicense(resolution.model, config.ACCEPT_MODEL_LICENSE);
  if (license.kind === 'refused') throw new CommandError(license.sentence);
  return resolution.model;
}

export async function loadModel(config: Config, signal?: AbortSignal): Promise<ReadyModel> {
  const model = chooseModel(config);
  const files = await openModelFiles(config);
  const ready = (await files.find(model)) ?? (await pullModel(config, model, signal));
  return withChoice(ready, await choosePrecision(config, ready), config.PRECISION);
}

export async function pullModel(config: Config, model: Model, signal?: AbortSignal): Promise<ReadyModel> {
  const files = await openModelFiles(config);
  const progress = createProgress(model.name);
  try {
    return await files.pull(model, { onProgress: progress.update, ...(signal ? { signal } : {}) });
  } finally {
    progress.stop();
  }
}

const MEGA = 1_000_000;

/** On a terminal a bar; elsewhere a line every tenth. Always on stderr. */
function createProgress(name: string): { update: PullProgress; stop(): void } {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: `{phase} ${name} {bar} {percentage}% {value}/{total} MB`,
      stream: process.stderr,
      hideCursor: true,
    });
    let isStarted = false;
    return {
      update(done, total = 0, phase) {
        const values = [Math.round(total / MEGA), Math.round(done / MEGA)] as const;
        if (!isStarted) bar.start(values[0], values[1], { phase });
        isStarted = true;
        bar.setTotal(values[0]);
        bar.update(values[1], { phase });
      },
      stop: () => bar.stop(),
    };
  }
  let last = '';
  return {
    update(done, total = 0, phase) {
      const line = total > 0 ? `${phase} ${name}: ${Math.floor((done / total) * 10) * 10} %` : `${phase} ${name}`;
      if (line !== last) process.stderr.write(`${line}\n`);
      last = line;
    },
    stop() {},
  };
}
