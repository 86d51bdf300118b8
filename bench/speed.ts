/**
 * The whole request over HTTP against the bare session, threads alone and under load, saturation against as many bare sessions
 * as cores, one worker and more, how soon an idle worker begins a job, auth while every core infers, idle connections, and memory.
 * Machines are noisy and differ, so each pair alternates in one run, and what is printed first is its ratio.
 *
 *   npm run bench -- [--only latency,threads,saturation,scale,wake,auth,connections,memory] [--repeats N] [--rounds N]
 *     [--seconds N] [--jobs N] [--photos N] [--connections N]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAuth } from './auth.ts';
import { loadBenchModel } from './bare-session.ts';
import { type BenchServer, openBenchServer } from './bench-server.ts';
import { benchConnections } from './connections.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchSaturation } from './saturation.ts';
import { benchScale } from './scale.ts';
import { benchThreads } from './threads.ts';
import { benchWake } from './wake.ts';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'latency,threads,saturation,scale,wake,auth,connections,memory' },
    /** Pairs of a bare run and a request. */
    repeats: { type: 'string', default: '9' },
    /** Of saturation and auth: short ones, so that a neighbour's noise falls on both halves. */
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '8' },
    /** Of wake. */
    jobs: { type: 'string', default: '120' },
    photos: { type: 'string', default: '500' },
    connections: { type: 'string', default: '10000' },
  },
});
const parts = given.only.split(',');
const cores = availableParallelism();
const [repeats, rounds, seconds] = [Number(given.repeats), Number(given.rounds), Number(given.seconds)];

async function onServer(bench: (server: BenchServer) => Promise<void>): Promise<void> {
  const server = await openBenchServer();
  try {
    await bench(server);
  } finally {
    await server.close();
  }
}

console.log(`${cores} cores, Node ${process.versions.node}, medians of ${given.repeats} pairs, ${given.rounds} rounds`);
if (['latency', 'threads', 'saturation'].some((part) => parts.includes(part))) {
  const model = await loadBenchModel();
  await onServer(async (server) => {
    if (parts.includes('latency')) await benchLatency({ server, model, threads: cores, repeats });
    if (parts.includes('threads')) await benchThreads({ server, model, cores, repeats });
    // Half as many rounds, twice as long: where one begins and ends some cores wait, which took .90 for .93 at 8 and 20 s.
    const long = { rounds: Math.ceil(rounds / 2), seconds: 2 * seconds };
    if (parts.includes('saturation')) await benchSaturation({ server, model, cores, ...long });
    const { server: own, children } = await server.readMemory();
    const peaks = children.map(({ peakMib }) => peakMib).join(', ');
    console.log(`peak memory: server ${own.peakMib} MiB, its children ${peaks} MiB`);
  });
}
if (parts.includes('scale')) await benchScale({ model: await loadBenchModel(), cores, seconds: 2 * seconds });
if (parts.includes('wake')) await benchWake(Number(given.jobs));
if (parts.includes('auth')) await onServer((server) => benchAuth({ server, cores, rounds, seconds }));
if (parts.includes('connections')) await benchConnections(Number(given.connections));
if (parts.includes('memory')) await benchMemory(Number(given.photos), cores);
