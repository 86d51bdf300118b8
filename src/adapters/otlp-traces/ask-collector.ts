/** Whether a collector takes what is sent to it: asked by a delivery of nothing. */

const ANSWER_MS = 3_000;

export type CollectorAnswer =
  | { readonly kind: 'takes' }
  | { readonly kind: 'refuses'; readonly status: number }
  | { readonly kind: 'away'; readonly reason: string };

export const tracesUrl = (endpoint: string): string => `${endpoint}/v1/traces`;

export async function askCollector(
  endpoint: string,
  headers: Readonly<Record<string, string>>,
): Promise<CollectorAnswer> {
  try {
    const answer = await fetch(tracesUrl(endpoint), {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: '{"resourceSpans":[]}',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? { kind: 'takes' } : { kind: 'refuses', status: answer.status };
  } catch (error) {
    return { kind: 'away', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in 3 s';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
