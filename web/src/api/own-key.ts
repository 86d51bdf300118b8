/** The key that was made last, for the samples: in memory alone, gone with the page or the session. */
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';

const OWN_KEY = ['own-key'];

export const useOwnKey = (): string =>
  useQuery<string>({ queryKey: OWN_KEY, queryFn: skipToken, gcTime: Number.POSITIVE_INFINITY }).data ?? '';

export function useKeepOwnKey(): (key: string) => void {
  const queries = useQueryClient();
  return (key) => {
    queries.setQueryDefaults(OWN_KEY, { gcTime: Number.POSITIVE_INFINITY });
    queries.setQueryData(OWN_KEY, key);
  };
}
