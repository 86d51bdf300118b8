/**
 * The whole request over HTTP against the bare session, saturation against as many bare sessions as cores, memory, auth while
 * every core infers, and idle connections.
 * Machines are noisy and differ, so each pair alternates in one run, and what is printed first is its ratio.
 *
 *   npm run bench -- [--only latency,saturation,memory,auth,connections] [--repeats N] [--rounds N] [--seconds N]
 *     [--photos N] [--connections N]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAuth } from './auth.ts';
import { loadBenchModel } from './bare-session.ts';
import { openBenchServer } from './bench-server.ts';
import { benchConnections } from './connections.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchSaturation } from './saturation.ts';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'latency,saturation,memory,auth,connections' },
    /** Pairs of a bare run and a request. */
    repeats: { type: 'string', default: '9' },
    /** Of saturation: short ones, so that a neighbour's noise falls on both halves. */
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '8' },
    photos: { type: 'string', default: '500' },
    connections: { type: 'string', default: '10000' },
  },
});
const parts = given.only.split(',');
const cores = availableParallelism();

console.log(`${cores} cores, Node ${process.versions.node}, medians of ${given.repeats} pairs, ${given.rounds} rounds`);
if (parts.includes('latency') || parts.includes('saturation')) {
  const model = await loadBenchModel();
  const server = await openBenchServer();
  try {
    if (parts.includes('latency')) {
      await benchLatency({ server, model, threads: cores, repeats: Number(given.repeats) });
    }
    if (parts.includes('saturation')) {
      const [rounds, seconds] = [Number(given.rounds), Number(given.seconds)];
      await benchSaturation({ server, model, cores, rounds, seconds });
    }
    const { server: own, children } = await server.readMemory();
    const peaks = children.map(({ peakMib }) => peakMib).join(', ');
    console.log(`peak memory: server ${own.peakMib} MiB, its children ${peaks} MiB`);
  } finally {
    await server.close();
  }
}
if (parts.includes('auth')) {
  const server = await openBenchServer();
  try {
    await benchAuth({ server, cores, rounds: Number(given.rounds), seconds: Number(given.seconds) });
  } finally {
    await server.close();
  }
}
if (parts.includes('connections')) await benchConnections(Number(given.connections));
if (parts.includes('memory')) await benchMemory(Number(given.photos), cores);
