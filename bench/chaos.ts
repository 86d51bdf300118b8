/**
 * Random kill -9 of workers, servers and PostgreSQL while jobs of four plans go through; prints what was done and whether
 * every invariant held, and exits 1 where one did not.
 *
 *   npm run chaos -- [--jobs N] [--workers N] [--servers N] [--kills WORKERS,SERVERS,POSTGRES] [--seed N]
 */
import { parseArgs } from 'node:util';
import prepare from '../test/helpers/prepare.ts';

const { values: given } = parseArgs({
  options: {
    jobs: { type: 'string', default: '500' },
    workers: { type: 'string', default: '3' },
    servers: { type: 'string', default: '2' },
    kills: { type: 'string', default: '70,20,10' },
    seed: { type: 'string', default: '1' },
  },
});
const [worker = 0, server = 0, postgres = 0] = given.kills.split(',').map(Number);
const [jobs, servers, workers, seed] = [given.jobs, given.servers, given.workers, given.seed].map(Number) as [
  number,
  number,
  number,
  number,
];

const tidyUp = await prepare();
// It takes the program that was just built from the environment.
const { runChaos } = await import('../test/helpers/chaos/run.ts');
try {
  const onKill = (kind: string, accepted: number) => console.error(`${accepted} jobs accepted: kill -9 of a ${kind}`);
  const { broken, ...report } = await runChaos({
    jobs,
    servers,
    workers,
    kills: { worker, server, postgres },
    seed,
    onKill,
  });
  console.table({ seed, 'kills asked for': given.kills, ...report });
  for (const sentence of broken) console.log(`BROKEN  ${sentence}`);
  console.log(broken.length === 0 ? 'Every invariant held.' : `${broken.length} invariants are broken.`);
  process.exitCode = broken.length === 0 ? 0 : 1;
} finally {
  await tidyUp();
}
