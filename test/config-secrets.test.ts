import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError, childEnvironment, parseConfig, pictureOrigins, stripeSecrets } from '../src/config.ts';
import type { ReadyModel } from '../src/domain/model.ts';

describe('the secrets of Stripe', () => {
  const KEY = 'sk_test_51RemuvrTestsOnly';
  const SIGNING = 'whsec_RemuvrTestsOnly';

  test('are both there, or none is', () => {
    expect(stripeSecrets(parseConfig({}))).toBeUndefined();
    const both = parseConfig({ STRIPE_SECRET_KEY: KEY, STRIPE_WEBHOOK_SECRET: SIGNING });
    expect(stripeSecrets(both)).toEqual({ secretKey: KEY, webhookSecret: SIGNING });
    const needed = (missing: string, other: string) =>
      new ConfigError(missing, '', `set where ${other} is`) as unknown as Error;
    const [key, signing] = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
    expect(() => parseConfig({ [key]: KEY })).toThrow(needed(signing, key));
    expect(() => parseConfig({ [signing]: SIGNING })).toThrow(needed(key, signing));
  });

  test.each(['pk_live_wrongkind', 'whsec_RemuvrTestsOnly', 'sk_'])('%s is no key, and is not shown', (given) => {
    const parse = () => parseConfig({ STRIPE_SECRET_KEY: given, STRIPE_WEBHOOK_SECRET: SIGNING });
    expect(parse).toThrow('STRIPE_SECRET_KEY is "[secret]", but it must be a key of Stripe');
  });
});

describe('a pipeline child', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = before;
  });

  test('is told its model and its threads, and none of the settings', () => {
    process.env = {
      PATH: '/bin',
      STRIPE_SECRET_KEY: 'sk_live_1',
      AWS_PROFILE: 'x',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=b',
      PORT: '1',
    };
    const settings = { model: { name: 'isnet' } as ReadyModel, threads: 2 };
    const { REMUVR_PIPELINE_CHILD: told, ...others } = childEnvironment(settings);
    expect(JSON.parse(told ?? '')).toEqual(settings);
    expect(others).toEqual({ PATH: '/bin' });
  });
});

describe('the headers for a collector', () => {
  const headersOf = (given: string) => parseConfig({ OTEL_EXPORTER_OTLP_HEADERS: given }).OTEL_EXPORTER_OTLP_HEADERS;

  test('are a list, percent-encoded', () => {
    expect(headersOf('Authorization=Bearer%20abc==, x-scope = one%2Ctwo')).toEqual({
      Authorization: 'Bearer abc==',
      'x-scope': 'one,two',
    });
  });

  test.each(['secret', 'a=1,,b=2', 'a=%E0%A4%A', 'a=b%0D%0Ac: d', '=x', 'a b=c'])(
    '%j does not fit, and is not shown',
    (given) => {
      expect(() => headersOf(given)).toThrow('OTEL_EXPORTER_OTLP_HEADERS is "[secret]", but it must be a list');
    },
  );
});

describe('the address of a collector', () => {
  const collectorOf = (given: string) =>
    parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: given }).OTEL_EXPORTER_OTLP_ENDPOINT;

  test('may have a path', () => {
    expect(collectorOf('https://collector.example/otlp/')).toBe('https://collector.example/otlp');
  });

  test.each([
    'http://user:geheim@host',
    'http://geheim@host:4318',
    'http://user:ge/heim@host',
    'user:geheim@host:4318',
  ])('%s holds a secret: it is refused, is not shown, and what to set instead is told', (given) => {
    expect(() => collectorOf(given)).toThrow(
      /^OTEL_EXPORTER_OTLP_ENDPOINT is "\[secret\]", but it must be .* for which there is OTEL_EXPORTER_OTLP_HEADERS\./,
    );
  });
});

describe('a bucket', () => {
  const bucketOf = (given: string) => parseConfig({ STORAGE_URL: given }).bucket;

  test('is named with its prefix, and in its host only where it is Amazon', () => {
    expect(bucketOf('s3://pictures?region=eu-central-1')).toEqual({
      name: 'pictures',
      prefix: '',
      endpoint: undefined,
      region: 'eu-central-1',
      forcePathStyle: false,
    });
    const own = bucketOf('s3://pictures/a/b/?endpoint=http://minio:9000/');
    expect(own).toMatchObject({ prefix: 'a/b/', endpoint: 'http://minio:9000', forcePathStyle: true });
    expect(bucketOf('s3://pictures?endpoint=https://r2.example&forcePathStyle=false')?.forcePathStyle).toBe(false);
    expect(parseConfig({ STORAGE_URL: 'file:///srv/x' })).toMatchObject({ bucket: undefined, objectsDir: '/srv/x' });
  });

  test.each([
    's3://',
    's3://Upper',
    's3://pictures/.x',
    's3://pictures?regoin=eu',
    's3://pictures?endpoint=minio:9000',
    's3://pictures?forcePathStyle=yes',
    's3://key:secret@pictures',
    'file://host/srv',
    '/srv/objects',
  ])('%s is refused', (given) => {
    expect(() => bucketOf(given)).toThrow(ConfigError);
  });

  test('is where links lead only if there is one', () => {
    const CDN_URL = 's3+https://minio.example';
    expect(() => parseConfig({ CDN_URL })).toThrow('where STORAGE_URL names no bucket');
    const config = parseConfig({ CDN_URL, STORAGE_URL: 's3://pictures?endpoint=http://minio:9000' });
    expect([config.bucketOrigin, pictureOrigins(config)]).toEqual(['https://minio.example', ['https://minio.example']]);
    const amazon = parseConfig({ CDN_URL, STORAGE_URL: 's3://pictures' });
    expect(pictureOrigins(amazon)).toEqual(['https://pictures.minio.example']);
  });
});
