/** Reads the table of plans: the operator's file, where there is one. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { DEFAULT_PLANS, type PlanTable } from '../domain/plan.ts';
import { readPlans } from '../domain/plans-file.ts';

/** The message names the file, what is wrong in it, and where to read more. */
export class PlansFileError extends Error {
  constructor(file: string, problem: string) {
    super(`The file of PLANS_FILE, ${file}, ${problem}. See docs/plans.md.`);
    this.name = 'PlansFileError';
  }
}

export async function loadPlans({ PLANS_FILE }: Pick<Config, 'PLANS_FILE'>): Promise<PlanTable> {
  if (PLANS_FILE === undefined) return DEFAULT_PLANS;
  const text = await readFile(PLANS_FILE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new PlansFileError(PLANS_FILE, `cannot be read (${error.code})`);
  });
  const reading = readPlans(text);
  if (reading.kind === 'refused') throw new PlansFileError(PLANS_FILE, reading.problem);
  return reading.plans;
}
