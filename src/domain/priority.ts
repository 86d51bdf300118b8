/**
 * Which plan's job a worker takes next: the highest first, but weighted, so that no plan starves.
 *
 * A worker walks this cycle of 16 turns. At each turn it offers itself first to the plan of the turn, and if that has
 * nothing waiting, to the highest plan that has. Bound: while a plan has a job waiting, it gets at least its own turns,
 * so of any 16 jobs that a worker takes, at least 8 are enterprise, 4 business, 3 pro and 1 free (6.25 %).
 */
import { PLANS, type PlanName } from './plan.ts';

const CYCLE = [
  'enterprise',
  'business',
  'enterprise',
  'pro',
  'enterprise',
  'business',
  'enterprise',
  'pro',
  'enterprise',
  'business',
  'enterprise',
  'free',
  'enterprise',
  'business',
  'enterprise',
  'pro',
] as const satisfies readonly PlanName[];

export const CYCLE_LENGTH = CYCLE.length;

/** The priority that is offered the turn first. `turn` counts up from 0 for as long as the worker lives. */
export function preferredPriority(turn: number): number {
  return PLANS[CYCLE[turn % CYCLE.length] ?? 'enterprise'].priority;
}
