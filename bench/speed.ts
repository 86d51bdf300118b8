/**
 * The whole request over HTTP against the bare session, threads alone and under load,
 * saturation against as many bare sessions as cores, one worker and more, and memory.
 * Machines are noisy and differ, so each pair alternates in one run, and what is printed first is its ratio.
 *
 *   npm run bench -- [--only latency,threads,saturation,scale,memory] [--repeats N] [--rounds N] [--seconds N] [--photos N]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { loadBenchModel } from './bare-session.ts';
import { openBenchServer } from './bench-server.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchSaturation } from './saturation.ts';
import { benchScale } from './scale.ts';
import { benchThreads } from './threads.ts';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'latency,threads,saturation,scale,memory' },
    /** Pairs of a bare run and a request. */
    repeats: { type: 'string', default: '9' },
    /** Of saturation: short ones, so that a neighbour's noise falls on both halves. */
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '8' },
    photos: { type: 'string', default: '500' },
  },
});
const parts = given.only.split(',');
const cores = availableParallelism();

console.log(`${cores} cores, Node ${process.versions.node}, medians of ${given.repeats} pairs, ${given.rounds} rounds`);
const [rounds, seconds] = [Number(given.rounds), Number(given.seconds)];
const model = await loadBenchModel();
if (['latency', 'threads', 'saturation'].some((part) => parts.includes(part))) {
  const server = await openBenchServer();
  try {
    if (parts.includes('latency')) {
      await benchLatency({ server, model, threads: cores, repeats: Number(given.repeats) });
    }
    if (parts.includes('threads')) await benchThreads({ server, model, cores, repeats: Number(given.repeats) });
    if (parts.includes('saturation')) await benchSaturation({ server, model, cores, rounds, seconds });
    const { server: own, children } = await server.readMemory();
    const peaks = children.map(({ peakMib }) => peakMib).join(', ');
    console.log(`peak memory: server ${own.peakMib} MiB, its children ${peaks} MiB`);
  } finally {
    await server.close();
  }
}
if (parts.includes('scale')) await benchScale({ model, cores, seconds: 2 * seconds });
if (parts.includes('memory')) await benchMemory(Number(given.photos), cores);
