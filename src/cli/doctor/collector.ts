/** Whether the collector of traces takes them. */
import type { Config } from '../../config.ts';
import { askCollectorOf } from '../../platform/traces.ts';

export async function examineCollector(config: Config, endpoint: string): Promise<string> {
  const answer = await askCollectorOf(config, endpoint);
  // A path or a query may hold a token.
  const { origin } = new URL(endpoint);
  if (answer.kind === 'takes') return `the collector at ${origin} takes them`;
  const place = `the collector of OTEL_EXPORTER_OTLP_ENDPOINT, ${origin},`;
  if (answer.kind === 'away') {
    throw new Error(
      `Traces are lost, for ${place} cannot be reached (${answer.reason}): start it, or correct or unset the setting. Removals do not depend on it.`,
    );
  }
  const { status } = answer;
  const advice =
    status === 401 || status === 403
      ? 'check OTEL_EXPORTER_OTLP_HEADERS'
      : 'the setting must lead to OTLP over HTTP, mostly port 4318, without /v1/traces';
  throw new Error(`Traces are lost, for ${place} answers ${status}: ${advice}.`);
}
