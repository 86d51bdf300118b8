/** When a message is tried again, whom it may be sent to, and what it says. */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { parseSourceHosts, type SourceHosts } from '../../src/domain/source-hosts.ts';
import {
  type AttemptOutcome,
  composeMessage,
  decideAfterAttempt,
  parseRetrySchedule,
} from '../../src/domain/webhook.ts';
import { refuseWebhookUrl } from '../../src/domain/webhook-url.ts';

const answered = (httpStatus: number): AttemptOutcome => ({ kind: 'answered', httpStatus });
const SCHEDULE = parseConfig({}).WEBHOOK_RETRIES;

describe('after an attempt', () => {
  const decide = (outcome: AttemptOutcome, tries = 1, random = 0.5) =>
    decideAfterAttempt(outcome, { schedule: [5, 60], tries, random });

  test.each([200, 201, 204, 299])('%i is delivered', (status) => {
    expect(decide(answered(status))).toEqual({ kind: 'delivered' });
  });

  test.each([100, 301, 302, 400, 401, 404, 429, 500, 503])('%i is tried again', (status) => {
    expect(decide(answered(status))).toEqual({ kind: 'retry', seconds: 5 });
  });

  test('410 is the end, and so is what no other attempt would change', () => {
    expect(decide(answered(410))).toEqual({ kind: 'failed' });
    for (const error of ['refused', 'deleted'] as const)
      expect(decide({ kind: 'failed', error })).toEqual({ kind: 'failed' });
    for (const error of ['unreachable', 'certificate', 'timeout', 'interrupted', 'unsigned'] as const)
      expect(decide({ kind: 'failed', error }).kind).toBe('retry');
  });

  test('each pause is that of the schedule, a tenth more or less; after the last one it has failed', () => {
    const pauses = [0, 0.5, 1].map((random) => decide(answered(500), 2, random));
    expect(pauses).toEqual([54, 60, 66].map((seconds) => ({ kind: 'retry', seconds })));
    expect(decide(answered(500), 3)).toEqual({ kind: 'failed' });
  });

  test('the schedule that holds without a setting goes on for a day', () => {
    const hours = SCHEDULE.reduce((sum, seconds) => sum + seconds, 0) / 3600;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(SCHEDULE.slice(0, 3)).toEqual([5, 60, 300]);
  });
});

test.each([
  ['5,60', [5, 60]],
  [' 0 , 1', [0, 1]],
  ['none', []],
  ['', undefined],
  ['5,', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['86401', undefined],
  [Array(33).fill('1').join(), undefined],
])('the schedule "%s" is %j', (text, schedule) => {
  expect(parseRetrySchedule(text)).toEqual(schedule);
});

test('a message is its type, its moment and what there is to tell', () => {
  const text = composeMessage('job.completed', new Date(1_700_000_000_123), { id: 'a' });
  expect(text).toBe('{"type":"job.completed","timestamp":"2023-11-14T22:13:20.123Z","data":{"id":"a"}}');
});

describe('a webhook URL', () => {
  const ANY = parseSourceHosts('*') as SourceHosts;
  const refuse = (url: string, hosts = ANY): string | undefined =>
    refuseWebhookUrl(hosts, URL.canParse(url) ? new URL(url) : undefined);

  test.each([
    'https://example.com/hook',
    'https://example.com:8443/a?b=c',
    'https://93.184.215.14/',
    'HTTPS://EXAMPLE.com.',
  ])('%s is taken', (url) => expect(refuse(url)).toBeUndefined());

  test.each([
    ['not a url', /whole https URL/],
    ['/hook', /whole https URL/],
    ['ftp://example.com/', /whole https URL/],
    ['javascript:alert(1)', /whole https URL/],
    ['http://example.com/', /must be https/],
    ['https://user:word@example.com/', /user name/],
    ['https://localhost/', /private network/],
    ['https://app.localhost./', /private network/],
    ['https://printer.local/', /private network/],
    ['https://db.internal/', /private network/],
    ['https://intranet/', /private network/],
    ['https://127.0.0.1/', /private network/],
    ['https://2130706433/', /private network/],
    ['https://0x7f.1/', /private network/],
    ['https://10.1.2.3/', /private network/],
    ['https://169.254.169.254/latest', /private network/],
    ['https://[::1]/', /private network/],
    ['https://[::ffff:10.0.0.1]/', /private network/],
    ['https://[fd00::1]/', /private network/],
    ['https://example.com:5432/', /does not send to/],
  ])('%s is refused', (url, reason) => expect(refuse(url)).toMatch(reason));

  test('of a host that the operator names may be private, and without https; others follow the rest of the list', () => {
    const named = parseSourceHosts('hooks.internal:9000,127.0.0.1') as SourceHosts;
    for (const url of ['http://hooks.internal:9000/', 'https://hooks.internal:9000/', 'http://127.0.0.1:81/'])
      expect(refuse(url, named)).toBeUndefined();
    expect(refuse('http://hooks.internal:9001/', named)).toMatch(/must be https/);
    expect(refuse('https://example.com/', named)).toMatch(/does not send to/);
    expect(refuse('https://example.com/', parseSourceHosts('none') as SourceHosts)).toMatch(/does not send to/);
  });
});
