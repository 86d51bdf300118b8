import type { Labels, NamesOf } from '../domain/metrics.ts';

/** Takes what is measured; never throws, never waits. */
export interface Metrics {
  count<N extends NamesOf<'counter'>>(name: N, labels: Labels<N>, by?: number): void;
  observe<N extends NamesOf<'histogram'>>(name: N, labels: Labels<N>, seconds: number): void;
  set<N extends NamesOf<'gauge'>>(name: N, labels: Labels<N>, value: number): void;
  add<N extends NamesOf<'gauge'>>(name: N, labels: Labels<N>, by: number): void;
  /** Forgets the values of a gauge, whose labels may be gone. */
  clear(name: NamesOf<'gauge'>): void;
  /** All of it in the text form of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Where nobody reads them. */
export const NO_METRICS: Metrics = {
  count() {},
  observe() {},
  set() {},
  add() {},
  clear() {},
  render: async () => ({ contentType: 'text/plain', text: '' }),
};
