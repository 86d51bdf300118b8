/** Constructs what tells where the time goes. */
import { randomUUID } from 'node:crypto';
import type { CollectorAnswer } from '../adapters/otlp-traces/ask-collector.ts';
import type { Config } from '../config.ts';
import { NO_TRACES, type Traces } from '../ports/traces.ts';
import type { Log } from '../services/context.ts';

export async function askCollectorOf(config: Config, endpoint: string): Promise<CollectorAnswer> {
  const { askCollector } = await import('../adapters/otlp-traces/ask-collector.ts');
  return await askCollector(endpoint, config.OTEL_EXPORTER_OTLP_HEADERS ?? {});
}

/** Of this process; without a collector nothing is loaded. `log` is asked for when there is something to say. */
export async function openTraces(config: Config, log: () => Log): Promise<Traces> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return NO_TRACES;
  const { createOtlpTraces } = await import('../adapters/otlp-traces.ts');
  return createOtlpTraces({
    endpoint,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    service: { name: config.OTEL_SERVICE_NAME, instance: randomUUID() },
    ratio: config.OTEL_TRACES_SAMPLER_ARG,
    onChange: ({ isDelivered, reason }) => {
      if (isDelivered) log().info({}, 'traces are delivered again');
      else log().warn({ reason }, 'traces cannot be delivered to the collector, and are dropped');
    },
  });
}
