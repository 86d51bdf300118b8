/** What `remuvr doctor` looks at: one finding a part, each with what to do where it fails. */
import { availableParallelism, totalmem } from 'node:os';
import { type Config, loadConfig } from '../config.ts';
import type { PlanTable } from '../domain/plan.ts';
import { openBilling } from '../platform/billing.ts';
import { findPrecision, openModelFiles } from '../platform/engine.ts';
import { loadPlans } from '../platform/plans.ts';
import { openCommandContext, openStorage } from '../platform.ts';
import { BillingFailure } from '../ports/billing.ts';
import type { Storage } from '../ports/storage.ts';
import { examineConnections, examineLedger, examineMark, examineWorkers } from './doctor/cluster.ts';
import { examineCollector } from './doctor/collector.ts';
import { examineDisk } from './doctor/disk.ts';
import { chooseModel } from './load-model.ts';
import { createLog, failureSentence } from './terminal.ts';

export type Finding = { readonly name: string; readonly isOk: boolean; readonly text: string };
type Examine = (name: string, look: () => Promise<string>) => Promise<void>;

/** One child with its model, and the server beside it. */
const NEEDED_MEMORY_BYTES = 2_000_000_000;

export async function examineInstallation(): Promise<Finding[]> {
  const findings: Finding[] = [];
  const examine: Examine = async (name, look) => {
    try {
      findings.push({ name, isOk: true, text: await look() });
    } catch (error) {
      findings.push({ name, isOk: false, text: failureSentence(error) });
    }
  };
  let loaded: { readonly config: Config; readonly plans: PlanTable } | undefined;
  await examine('settings', async () => {
    const config = loadConfig();
    loaded = { config, plans: await loadPlans(config) };
    return 'every variable fits';
  });
  if (!loaded) return findings;
  const { config, plans } = loaded;
  await examine('machine', async () => describeMachine());
  await examine('disk', () => examineDisk(config, plans));
  let storage: Storage | undefined;
  await examine('storage', async () => {
    storage = await openStorage(config);
    await storage.check();
    return config.bucket ? `the bucket "${config.bucket.name}" can be written` : `${config.objectsDir} can be written`;
  });
  await examine('model', () => examineModel(config));
  await examine('precision', () => examinePrecision(config));
  await examineDatabase(config, storage, examine);
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint) await examine('traces', () => examineCollector(config, endpoint));
  if (config.STRIPE_SECRET_KEY) await examine('billing', () => examineBilling(config, plans));
  return findings;
}

function describeMachine(): string {
  if (totalmem() < NEEDED_MEMORY_BYTES) throw new Error('Less than 2 GB of memory; the model needs about 1.4 GB.');
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${(totalmem() / 1e9).toFixed(1)} GB of memory`;
}

async function examineModel(config: Config): Promise<string> {
  const model = chooseModel(config);
  const result = await (await openModelFiles(config)).verify(model);
  if (result.kind === 'absent') throw new Error(`${model.name} is not here yet; fetch it by: remuvr models pull`);
  if (result.kind === 'damaged') throw new Error(`${result.sentence} Fetch it again by: remuvr models pull`);
  const bytes = result.bytes + (result.int8?.bytes ?? 0);
  return `${model.name} is whole (${Math.round(bytes / 1e6)} MB)`;
}

async function examinePrecision(config: Config): Promise<string> {
  const ready = await (await openModelFiles(config)).find(chooseModel(config));
  if (!ready) return 'chosen when the model is there';
  const { choice } = await findPrecision(config, ready);
  return choice.precision === 'measure'
    ? 'not measured on this processor yet; the next start does it'
    : `${choice.precision}: ${choice.reason}`;
}

/** What depends on a database that is away is not asked for. */
async function examineDatabase(config: Config, storage: Storage | undefined, examine: Examine): Promise<void> {
  let opened: Awaited<ReturnType<typeof openCommandContext>> | undefined;
  await examine('database', async () => {
    opened = await openCommandContext(config, createLog({ LOG_LEVEL: 'fatal' }));
    return await examineLedger(opened.ctx, config.DATABASE_URL ? 'DATABASE_URL' : 'own PostgreSQL');
  });
  if (!opened) return;
  const { ctx, close } = opened;
  try {
    await examine('connections', () => examineConnections(ctx));
    await examine('workers', () => examineWorkers(ctx));
    if (storage) await examine('mark', () => examineMark(ctx, storage));
  } finally {
    await close();
  }
}

/** Without a network the key is no worse: a server may be set up before it is connected. */
async function examineBilling(config: Config, plans: PlanTable): Promise<string> {
  const billing = await openBilling(config, plans);
  try {
    return `Stripe knows ${await billing.nameAccount()}`;
  } catch (error) {
    if (!(error instanceof BillingFailure)) throw error;
    if (error.kind === 'away')
      return 'the key has its form, but Stripe cannot be reached from here to be asked about it';
    throw new Error(`Stripe refuses the key of STRIPE_SECRET_KEY: ${error.message}`);
  }
}
