/** Measures in the memory of this process, and those of Node about itself. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { FIRST_SERIES, MEASURES } from '../domain/metrics.ts';
import type { Metrics } from '../ports/metrics.ts';

/** From an answer without a picture to one that waited as long as a request may. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export function createPrometheus(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, Gauge>();
  for (const [name, { kind, help, labels }] of Object.entries(MEASURES)) {
    const options = { name, help, labelNames: [...labels], registers };
    if (kind === 'counter') counters.set(name, new Counter(options));
    else if (kind === 'histogram') histograms.set(name, new Histogram({ ...options, buckets: BUCKETS }));
    else gauges.set(name, new Gauge(options));
  }
  for (const [name, series] of Object.entries(FIRST_SERIES)) {
    for (const labels of series) counters.get(name)?.inc({ ...labels }, 0);
  }
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    add: (name, labels, by) => gauges.get(name)?.inc(labels, by),
    clear: (name) => gauges.get(name)?.reset(),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
