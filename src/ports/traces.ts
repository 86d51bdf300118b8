/** Where the time of a request went: spans that make one tree, across processes. Nothing here throws or waits. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type SpanOptions = {
  /** Who is at the other end: `server` of a caller, `producer` and `consumer` of the queue. */
  readonly kind?: 'server' | 'producer' | 'consumer';
  readonly attributes?: Attributes;
};

/** W3C Trace Context; what is malformed counts as absent. */
export type Traceparent = string | undefined;

export type PastSpan = SpanOptions & {
  /** Left out, the current span. */
  readonly parent?: Traceparent;
  /** Of the wall clock. */
  readonly startMs: number;
  readonly endMs: number;
  readonly hasFailed?: boolean;
};

export interface Span {
  note(attributes: Attributes): void;
  /** `error`: a code or a class, never a message, which may tell of a caller. */
  end(error?: string): void;
}

export interface Traces {
  /** A span of its own, or a child of one elsewhere. Whoever begins it ends it. */
  begin(name: string, options: SpanOptions & { readonly parent: Traceparent }): Span;
  /** `span` is the current one for all that `work` does and begins. */
  within<T>(span: Span, work: () => T): T;
  /** A child of the current span, as long as `work`. Outside of any, only the work. */
  step<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  /** A span that is over; nothing where it has no parent. */
  record(name: string, past: PastSpan): void;
  /** To the current span. */
  note(attributes: Attributes): void;
  /** Of the current span, for whoever goes on elsewhere. Undefined where nothing is traced. */
  current(): Traceparent;
  /** Sends what is left, within seconds or not at all. */
  close(): Promise<void>;
}

const NO_SPAN: Span = { note() {}, end() {} };

/** Where nobody collects them. */
export const NO_TRACES: Traces = {
  begin: () => NO_SPAN,
  within: (_span, work) => work(),
  step: async (_name, _options, work) => await work(),
  record() {},
  note() {},
  current: () => undefined,
  close: async () => {},
};
