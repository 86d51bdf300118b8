/** Jobs go through an estate while its processes are killed at random moments; then the invariants are looked at. */
import { until } from '../server.ts';
import { createCrowd, type PlanKey, planTasks, sendAll } from './clients.ts';
import { type Estate, type Kind, openEstate } from './estate.ts';
import { type Findings, findBroken, findOrphans } from './invariants.ts';
import { below, createRandom, type Random, shuffle } from './random.ts';

export type ChaosOptions = {
  readonly jobs: number;
  readonly servers: number;
  readonly workers: number;
  readonly kills: Readonly<Record<Kind, number>>;
  readonly seed: number;
  /** Callers at once. */
  readonly callers?: number;
  readonly onKill?: (kind: Kind, accepted: number) => void;
};

export type ChaosReport = Findings & {
  readonly accepted: number;
  readonly killed: number;
  readonly repeated: number;
  readonly seconds: number;
};

const PLANS = ['free', 'pro', 'business', 'enterprise'] as const;
const CALLERS = 12;
const WITHIN_MS = 3600_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { jobs, servers, workers, callers = CALLERS } = options;
  const estate = await openEstate({ servers, workers });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await estate.stop();
    isStopped = true;
  };
  try {
    const keys = await createKeys(estate);
    const crowd = createCrowd();
    const startedAt = Date.now();
    const [, killed] = await Promise.all([
      sendAll(estate, crowd, planTasks(keys, jobs), callers),
      killSome(estate, crowd, options),
    ]);
    const seconds = (Date.now() - startedAt) / 1000;
    await estate.whole();
    const findings = await findBroken(estate, crowd.ended, jobs);
    await stop();
    const broken = [...findings.broken, ...estate.deaths, ...(await findRunning(estate))];
    return { ...findings, broken, accepted: crowd.accepted, killed, repeated: crowd.repeated, seconds };
  } finally {
    await stop();
    await estate.dispose();
  }
}

/** Accounts of the plans' names. Free has test keys alone: its pictures are stamped, and never charged. */
async function createKeys(estate: Estate): Promise<PlanKey[]> {
  const keys: PlanKey[] = [];
  for (const plan of PLANS) {
    const more = plan === 'free' ? ['--test'] : [];
    keys.push({ plan, key: await estate.run('keys', 'create', '--plan', plan, '--account', plan, ...more) });
  }
  return keys;
}

type Progress = { readonly accepted: number; readonly isOver: boolean };

/** Each at a moment of its own while jobs are under way. Returns how many there were. */
async function killSome(estate: Estate, crowd: Progress, options: ChaosOptions): Promise<number> {
  const random = createRandom(options.seed);
  const victims = dealVictims(random, options.kills);
  const moments = victims.map(() => 1 + below(random, Math.floor(options.jobs * 0.9))).sort((a, b) => a - b);
  let killed = 0;
  for (const [i, kind] of victims.entries()) {
    const isDue = async () => crowd.isOver || crowd.accepted >= (moments[i] ?? 0);
    await until('the moment of the next kill comes', isDue, WITHIN_MS);
    if (crowd.isOver) break;
    options.onKill?.(kind, crowd.accepted);
    await estate.kill(kind, random);
    killed++;
  }
  return killed;
}

function dealVictims(random: Random, kills: ChaosOptions['kills']): Kind[] {
  const all = (Object.entries(kills) as [Kind, number][]).flatMap(([kind, n]) => Array.from({ length: n }, () => kind));
  return shuffle(random, all);
}

/** The bucket's own process has the mark too, and goes last. */
async function findRunning(estate: Estate): Promise<string[]> {
  return (await findOrphans(estate)).filter((line) => !line.includes('s3rver'));
}
