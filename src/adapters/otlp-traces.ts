/** Spans by OTLP over HTTP, in JSON, as every collector of OpenTelemetry takes them. What cannot be delivered is dropped. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Span as RawSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Span, SpanOptions, Traceparent, Traces } from '../ports/traces.ts';
import { tracesUrl } from './otlp-traces/ask-collector.ts';
import { formatTraceparent, parseTraceparent } from './otlp-traces/traceparent.ts';

export type OtlpOptions = {
  /** Of the collector, without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `instance`: one process, of which there may be several on a machine. */
  readonly service: { readonly name: string; readonly instance: string };
  /** Of the traces that begin here, 0 to 1; those of callers are kept or not as they say. */
  readonly ratio: number;
  /** Said when deliveries begin to fail, and when they succeed again. */
  readonly onChange: (state: { readonly isDelivered: boolean; readonly reason?: string }) => void;
};

/** 2,048 spans of 1 kB or so wait at most; the spans after them are dropped. */
const MOST_WAITING = 2_048;
const SEND_EVERY_MS = 1_000;
/** Of one delivery with its repetitions, and so about the longest that the process lives on after its end. */
const DELIVERY_TIMEOUT_MS = 3_000;
const CLOSE_TIMEOUT_MS = 2_000;

export function createOtlpTraces({ endpoint, headers, service, ratio, onChange }: OtlpOptions): Traces {
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(endpoint),
    headers: { ...headers },
    timeoutMillis: DELIVERY_TIMEOUT_MS,
  });
  const processor = new BatchSpanProcessor({
    exporter: watchDelivery(exporter, onChange),
    maxQueueSize: MOST_WAITING,
    scheduledDelayMillis: SEND_EVERY_MS,
    exportTimeoutMillis: DELIVERY_TIMEOUT_MS + 1_000,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service.name, 'service.instance.id': service.instance }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  });
  return createTraces(provider.getTracer('remuvr'), async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    // What was not delivered has been told by `onChange`.
    await Promise.race([provider.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
  });
}

/** Says only what has changed: a collector that is away for a day is one line of the log. */
function watchDelivery(exporter: SpanExporter, onChange: OtlpOptions['onChange']): SpanExporter {
  let isDelivered = true;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        // 0 is success.
        const isNow = result.code === 0;
        if (isNow !== isDelivered) {
          isDelivered = isNow;
          onChange(isNow ? { isDelivered } : { isDelivered, reason: describe(result.error) });
        }
        done(result);
      });
    },
    forceFlush: async () => await exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Of several addresses that all refused, Node gives an error without a message. */
function describe(error: (Error & { code?: unknown }) | undefined): string {
  return [error?.code, error?.message].filter((part) => part !== undefined && part !== '').join(' ');
}

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

class OtlpSpan implements Span {
  readonly raw: RawSpan;

  constructor(raw: RawSpan) {
    this.raw = raw;
  }

  note(attributes: Parameters<Span['note']>[0]): void {
    this.raw.setAttributes({ ...attributes });
  }

  end(error?: string): void {
    if (error !== undefined) {
      this.raw.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    }
    this.raw.end();
  }
}

function createTraces(tracer: Tracer, close: () => Promise<void>): Traces {
  const currents = new AsyncLocalStorage<OtlpSpan>();

  const open = (
    name: string,
    { kind, attributes }: SpanOptions,
    parent: OtlpSpan | Traceparent,
    startTime?: number,
  ) => {
    const context = parent instanceof OtlpSpan ? parent.raw.spanContext() : parseTraceparent(parent);
    const base = context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
    const options = { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes: { ...attributes } };
    return new OtlpSpan(tracer.startSpan(name, startTime === undefined ? options : { ...options, startTime }, base));
  };

  return {
    begin: (name, options) => open(name, options, options.parent),
    within: (span, work) => (span instanceof OtlpSpan ? currents.run(span, work) : work()),
    async step(name, options, work) {
      const current = currents.getStore();
      if (!current) return await work();
      const span = open(name, options, current);
      try {
        const result = await currents.run(span, work);
        span.end();
        return result;
      } catch (error) {
        span.end(nameError(error));
        throw error;
      }
    },
    record(name, { parent = currents.getStore(), startMs, endMs, hasFailed, ...options }) {
      if (parent === undefined) return;
      const { raw } = open(name, options, parent, startMs);
      if (hasFailed) raw.setStatus({ code: SpanStatusCode.ERROR });
      raw.end(Math.max(startMs, endMs));
    },
    note: (attributes) => currents.getStore()?.note(attributes),
    current() {
      const span = currents.getStore();
      return span && formatTraceparent(span.raw.spanContext());
    },
    close,
  };
}

/** The code of ours, of PostgreSQL or of Node, else the class. */
function nameError(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'unknown';
}
