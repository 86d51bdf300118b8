/** What `remuvr doctor` looks at: one finding a part, each with what to do where it fails. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { type Config, loadConfig } from '../config.ts';
import { openBilling } from '../platform/billing.ts';
import { findPrecision, openModelFiles } from '../platform/engine.ts';
import { loadPlans } from '../platform/plans.ts';
import { openCommandContext, openStorage } from '../platform.ts';
import { BillingFailure } from '../ports/billing.ts';
import { auditLedger, countFindings } from '../services/audit-ledger.ts';
import { listWorkers } from '../services/worker-roster.ts';
import { chooseModel } from './load-model.ts';
import { createLog, failureSentence } from './terminal.ts';

export type Finding = { readonly name: string; readonly isOk: boolean; readonly text: string };

/** Below it a first start cannot hold the model, its download and a database. */
const NEEDED_FREE_BYTES = 1_000_000_000;
/** One child with its model, and the server beside it. */
const NEEDED_MEMORY_BYTES = 2_000_000_000;

export async function examineInstallation(): Promise<Finding[]> {
  const findings: Finding[] = [];
  const examine = async (name: string, look: () => Promise<string>): Promise<void> => {
    try {
      findings.push({ name, isOk: true, text: await look() });
    } catch (error) {
      findings.push({ name, isOk: false, text: failureSentence(error) });
    }
  };
  let config: Config | undefined;
  await examine('settings', async () => {
    config = loadConfig();
    await loadPlans(config);
    return 'every variable fits';
  });
  if (!config) return findings;
  const settings = config;
  await examine('machine', async () => describeMachine());
  await examine('storage', () => examineStorage(settings));
  await examine('model', () => examineModel(settings));
  await examine('precision', () => examinePrecision(settings));
  await examine('database', () => examineDatabase(settings));
  if (settings.STRIPE_SECRET_KEY) await examine('billing', () => examineBilling(settings));
  return findings;
}

function describeMachine(): string {
  if (totalmem() < NEEDED_MEMORY_BYTES) throw new Error('Less than 2 GB of memory; the model needs about 1.4 GB.');
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${(totalmem() / 1e9).toFixed(1)} GB of memory`;
}

async function examineStorage(config: Config): Promise<string> {
  const storage = await openStorage(config);
  await storage.check();
  if (config.bucket) return `the bucket "${config.bucket.name}" can be written`;
  const disk = await statfs(config.objectsDir);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < NEEDED_FREE_BYTES)
    throw new Error(`Only ${Math.round(freeBytes / 1e6)} MB are free in ${config.objectsDir}.`);
  return `${config.objectsDir} can be written, ${(freeBytes / 1e9).toFixed(1)} GB free`;
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

async function examineDatabase(config: Config): Promise<string> {
  const opened = await openCommandContext(config, createLog({ LOG_LEVEL: 'fatal' }));
  try {
    const report = await auditLedger(opened);
    if (countFindings(report) > 0) throw new Error('The ledger disagrees with the accounts; see: remuvr audit');
    const ready = (await listWorkers(opened)).filter(({ state }) => state === 'ready').length;
    const workers = `${ready || 'no'} ${ready === 1 ? 'worker takes' : 'workers take'} jobs`;
    const place = config.DATABASE_URL ? 'DATABASE_URL' : 'own PostgreSQL';
    return `${place} answers, ${report.entries} ledger entries agree, ${workers}`;
  } finally {
    await opened.close();
  }
}

/** Without a network the key is no worse: a server may be set up before it is connected. */
async function examineBilling(config: Config): Promise<string> {
  const billing = await openBilling(config, await loadPlans(config));
  try {
    return `Stripe knows ${await billing.nameAccount()}`;
  } catch (error) {
    if (!(error instanceof BillingFailure)) throw error;
    if (error.kind === 'away')
      return 'the key has its form, but Stripe cannot be reached from here to be asked about it';
    throw new Error(`Stripe refuses the key of STRIPE_SECRET_KEY: ${error.message}`);
  }
}
