/** What is read from the server, and how long it holds. */
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Description } from '../lib/openapi/types.ts';
import { ApiError, call } from './client.ts';
import type {
  ApiKey,
  DeliveryPage,
  Demo,
  JobPage,
  LinkedAccount,
  Me,
  Plan,
  Preset,
  PublicServerInfo,
  Session,
  Usage,
  WebhookSecretInfo,
} from './types.ts';

/** Null when nobody is signed in: that is an answer, not a failure. */
export const useMe = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => {
      // Asked first, since it answers a visitor by null; /api/me would by 401, and browsers log that as an error.
      if ((await call('/api/auth/get-session')) === null) return null;
      try {
        return await call<Me>('/api/me');
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });

export const useServer = () =>
  useQuery({
    queryKey: ['server'],
    queryFn: () => call<PublicServerInfo>('/api/server'),
    staleTime: 300_000,
  });

/** The public API, as the server describes it to programs. */
export const useDescription = () =>
  useQuery({
    queryKey: ['openapi'],
    queryFn: () => call<Description>('/openapi.json'),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usePlans = () =>
  useQuery({
    queryKey: ['plans'],
    queryFn: async () => (await call<{ plans: Plan[] }>('/api/plans')).plans,
    staleTime: 300_000,
  });

/** Without them the page has cut-outs of its own, so nobody waits for a second try; and none is exchanged while it is looked at. */
export const useDemos = () =>
  useQuery({
    queryKey: ['demos'],
    queryFn: async () => (await call<{ demos: Demo[] }>('/api/demo')).demos,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** What the operator calls a plan; of one that is no longer offered its name is all there is. */
export function usePlanTitle(): (name: string) => string {
  const plans = usePlans();
  return (name) => plans.data?.find((plan) => plan.name === name)?.title ?? name;
}

export const useKeys = (isWanted = true) =>
  useQuery({
    queryKey: ['keys'],
    queryFn: async () => (await call<{ keys: ApiKey[] }>('/api/keys')).keys,
    enabled: isWanted,
  });

export const useUsage = (month: string) =>
  useQuery({
    queryKey: ['usage', month],
    queryFn: () => call<Usage>(`/api/usage?month=${month}`),
    placeholderData: keepPreviousData,
  });

export const useJobs = (status: string) =>
  useInfiniteQuery({
    queryKey: ['jobs', status],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '25' });
      if (status !== '') query.set('status', status);
      if (pageParam !== '') query.set('cursor', pageParam);
      return call<JobPage>(`/api/jobs?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    // While something runs, the list moves.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.jobs.some((job) => job.status !== 'completed' && job.status !== 'failed'))
        ? 2_000
        : false,
  });

export const usePresets = () =>
  useQuery({
    queryKey: ['presets'],
    queryFn: async () => (await call<{ presets: Preset[] }>('/api/presets')).presets,
  });

export const useWebhookSecrets = () =>
  useQuery({
    queryKey: ['webhook-secrets'],
    queryFn: async () => (await call<{ secrets: WebhookSecretInfo[] }>('/api/webhook-secrets')).secrets,
  });

export const useDeliveries = (status: string) =>
  useInfiniteQuery({
    queryKey: ['deliveries', status],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '25' });
      if (status !== '') query.set('status', status);
      if (pageParam !== '') query.set('cursor', pageParam);
      return call<DeliveryPage>(`/api/webhooks?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    // While something is to be sent, the list moves.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.deliveries.some((one) => one.status === 'pending')) ? 2_000 : false,
  });

export const useSessions = () =>
  useQuery({ queryKey: ['sessions'], queryFn: () => call<Session[]>('/api/auth/list-sessions') });

export const useLinkedAccounts = () =>
  useQuery({ queryKey: ['linked-accounts'], queryFn: () => call<LinkedAccount[]>('/api/auth/list-accounts') });

export const useCurrentSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: () => call<{ session: Session } | null>('/api/auth/get-session'),
  });

/** The one of this browser is another one, and the others have ended: so it is with a new password or second factor. */
export async function refetchSessions(queries: QueryClient): Promise<void> {
  await Promise.all(['session', 'sessions'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
}
