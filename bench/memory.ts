/** Memory of the server and its children together, after the first photos and after many. */
import { runSoak } from '../test/helpers/soak/run.ts';
import { AIMS, printFinding } from './findings.ts';

const FIRST_PHOTOS = 50;

/** On a server of its own, since the peaks of larger pictures would hide a drift. */
export async function benchMemory(count: number, cores: number): Promise<void> {
  const given = { requests: count, early: FIRST_PHOTOS, mix: 'photos', width: cores + 1, threads: cores } as const;
  const { early, late, broken } = await runSoak(given);
  if (!early || !late || broken.length > 0) throw new Error(`the soak was not as it must be: ${broken.join('; ')}`);
  const [before, after] = [early.server + early.children, late.server + late.children];
  const detail = `${after.toFixed(0)} / ${before.toFixed(0)} MiB, server and children together`;
  printFinding(`memory after ${count} photos / after ${FIRST_PHOTOS}`, after / before, AIMS.memoryDrift, detail);
}
