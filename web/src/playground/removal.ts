/** One picture through the server: sent, followed by server-sent events, fetched. */
import { ApiError, call, toApiError } from '../api/client.ts';
import type { JobState, Quality } from '../api/types.ts';
import { ownPath } from '../lib/format.ts';

export type Progress = { readonly label: string; readonly share: number };

const STAGES: Readonly<Record<string, Progress>> = {
  decode: { label: 'Reading the picture', share: 0.35 },
  infer: { label: 'Finding the subject', share: 0.5 },
  refine: { label: 'Refining edges and colours', share: 0.75 },
  encode: { label: 'Writing the result', share: 0.9 },
};

export function progressOf(state: JobState): Progress {
  if (state.status === 'queued' || state.stage === 'queued') {
    const place = state.position === undefined ? '' : `, place ${state.position}`;
    const seconds = state.estimatedWaitSeconds;
    const wait = seconds === undefined ? '' : `, about ${seconds} s`;
    return { label: `In the queue${place}${wait}`, share: 0.2 };
  }
  return STAGES[state.stage ?? ''] ?? { label: 'Removing the background', share: 0.5 };
}

export async function runRemoval(
  file: Blob,
  name: string,
  quality: Quality,
  onProgress: (progress: Progress) => void,
): Promise<{ jobId: string; result: Blob }> {
  onProgress({ label: 'Sending', share: 0.08 });
  const form = new FormData();
  // Parameters first: they are known before the picture has arrived.
  form.append('quality', quality);
  form.append('format', 'png');
  form.append('image_file', file, name);
  const { id } = await send(form, onProgress);
  const { result } = await follow(id, (state) => onProgress(progressOf(state)));
  onProgress({ label: 'Fetching the result', share: 0.97 });
  const response = await fetch(ownPath(result ?? ''));
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => null));
  return { jobId: id, result: await response.blob() };
}

const BUSY = new Set(['rate_limit_exceeded', 'overloaded']);
const MAX_WAITS = 8;

/** A batch is faster than the rate of some plans: what comes too early waits as long as the server says. */
async function send(form: FormData, onProgress: (progress: Progress) => void, waits = 0): Promise<{ id: string }> {
  try {
    return await call<{ id: string }>('/api/playground/removals', { method: 'POST', form });
  } catch (error) {
    const isBusy = error instanceof ApiError && BUSY.has(error.code) && waits < MAX_WAITS;
    if (!isBusy) throw error;
    onProgress({ label: 'Waiting: too many at once', share: 0.08 });
    await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? 1) * 1_000));
    return await send(form, onProgress, waits + 1);
  }
}

/** How often the connection may break before it is given up; the browser tries again by itself. */
const MAX_BREAKS = 5;

function follow(id: string, onState: (state: JobState) => void): Promise<JobState> {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`/api/jobs/${id}/events`);
    let breaks = 0;
    const end = (action: () => void): void => {
      events.close();
      action();
    };
    events.addEventListener('state', (event) => {
      const state = JSON.parse(event.data) as JobState;
      onState(state);
      if (state.status === 'completed') end(() => resolve(state));
      if (state.status === 'failed') end(() => reject(failureOf(state)));
    });
    events.addEventListener('error', () => {
      breaks += 1;
      if (events.readyState !== EventSource.CLOSED && breaks < MAX_BREAKS) return;
      end(() =>
        reject(new ApiError(0, 'unreachable', 'The connection was lost. The page Jobs tells what became of it.')),
      );
    });
  });
}

function failureOf({ error }: JobState): ApiError {
  const { code, message } = typeof error === 'object' ? error : { code: 'processing_failed', message: error };
  return new ApiError(0, code, message ?? 'The picture could not be processed. Nothing was charged.');
}
