import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError, childEnvironment, parseConfig, stripeSecrets } from '../src/config.ts';
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
    process.env = { PATH: '/bin', STRIPE_SECRET_KEY: 'sk_live_1', DATABASE_URL: 'postgres://a:b@c/d', PORT: '1' };
    const settings = { model: { name: 'isnet' } as ReadyModel, threads: 2 };
    const { REMUVR_PIPELINE_CHILD: told, ...others } = childEnvironment(settings);
    expect(JSON.parse(told ?? '')).toEqual(settings);
    expect(others).toEqual({ PATH: '/bin' });
  });
});
