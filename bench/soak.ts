/**
 * Mixed requests for minutes against one server: every answer, every charge, what is left on the disk, and what its
 * processes hold after the first requests and after all. Exits 1 where one of them is not as it must be.
 *
 *   npm run soak -- [--requests N] [--early N] [--mix all|photos] [--width N]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import prepare from '../test/helpers/prepare.ts';
import { AIMS, printFinding } from './findings.ts';

const cores = availableParallelism();
const { values: given } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    early: { type: 'string', default: '100' },
    mix: { type: 'string', default: 'all' },
    width: { type: 'string', default: String(cores + 1) },
  },
});
const [requests, early, width] = [given.requests, given.early, given.width].map(Number) as [number, number, number];
const PROGRESS_EVERY = 100;

const tidyUp = await prepare();
// It takes the program that was just built from the environment.
const { runSoak } = await import('../test/helpers/soak/run.ts');
try {
  const onProgress = (done: number) => {
    if (done % PROGRESS_EVERY === 0) console.error(`${done} of ${requests} requests`);
  };
  const mix = given.mix === 'photos' ? 'photos' : 'all';
  const report = await runSoak({ requests, early, mix, width, threads: cores, onProgress });
  const rate = (requests / report.seconds).toFixed(1);
  console.log(
    `${requests} requests, ${report.completed} completed, in ${report.seconds.toFixed(0)} s: ${rate} a second`,
  );
  let hasGrown = false;
  for (const kind of ['server', 'children', 'postgres'] as const) {
    const [before, after] = [report.early?.[kind] ?? 0, report.late?.[kind] ?? 0];
    const ratio = after / before;
    hasGrown ||= ratio > AIMS.memoryDrift.atMost;
    const detail = `${after.toFixed(0)} / ${before.toFixed(0)} MiB`;
    printFinding(`${kind}: after ${requests} / after ${early}`, ratio, AIMS.memoryDrift, detail);
  }
  for (const sentence of report.broken) console.log(`BROKEN  ${sentence}`);
  process.exitCode = hasGrown || report.broken.length > 0 ? 1 : 0;
} finally {
  await tidyUp();
}
