/**
 * Which plan's job a worker takes next: the highest first, but weighted, so that no plan starves.
 *
 * A worker walks a cycle in which each plan has its own turns. At each turn it offers itself first to the priority of the
 * turn, and if that has nothing waiting, to the highest that has. Bound: while a plan has a job waiting, of any as many
 * jobs in a row as the cycle has turns it gets at least its own. Of the default plans' 16 these are 8 of enterprise, 4 of
 * business, 3 of pro and 1 of free (6.25 %).
 */
import type { PlanTable } from './plan.ts';

/** The priorities in the order of their turns. Plans of one priority share theirs. */
export type Cycle = readonly number[];

type Claimant = { readonly priority: number; turns: number; credit: number };

/**
 * Spread evenly by smooth weighted round-robin: at each turn every priority is credited its turns, and the one with the
 * most credit has the turn and pays for it with the turns of all. After one round every credit is 0 again.
 */
export function composeCycle(plans: PlanTable): Cycle {
  const claimants = gatherClaimants(plans);
  const length = claimants.reduce((sum, { turns }) => sum + turns, 0);
  return Array.from({ length }, () => {
    for (const claimant of claimants) claimant.credit += claimant.turns;
    const next = claimants.reduce((best, claimant) => (claimant.credit > best.credit ? claimant : best));
    next.credit -= length;
    return next.priority;
  });
}

/** The highest first: it wins where two have the same credit. */
function gatherClaimants(plans: PlanTable): Claimant[] {
  const byPriority = new Map<number, Claimant>();
  for (const { priority, turns } of plans.values()) {
    const known = byPriority.get(priority);
    if (known) known.turns += turns;
    else byPriority.set(priority, { priority, turns, credit: 0 });
  }
  return [...byPriority.values()].sort((a, b) => b.priority - a.priority);
}

/** The priority that is offered the turn first. `turn` counts up from 0 for as long as the worker lives. */
export function preferredPriority(cycle: Cycle, turn: number): number {
  return cycle[turn % cycle.length] ?? 0;
}
