import { describe, expect, test } from 'vitest';
import { ERROR_MESSAGES, type ErrorCode } from '../../src/domain/errors.ts';
import { statusOf } from '../../src/http/errors.ts';
import { toApiError } from '../src/api/client.ts';
import { axisTicks } from '../src/lib/axis-ticks.ts';
import { describeLimits } from '../src/lib/describe-limits.ts';
import { ERRORS } from '../src/lib/error-table.ts';
import { resultName, uniqueNames } from '../src/lib/file-names.ts';
import {
  formatAgo,
  formatBytes,
  formatMoney,
  formatMs,
  monthOf,
  ownPath,
  safeReturn,
  shiftMonth,
} from '../src/lib/format.ts';
import { splitOrigins, toNewKey } from '../src/lib/new-key.ts';
import { parsePresetText, toPresetText } from '../src/lib/preset-text.ts';
import { fillDays } from '../src/lib/usage-days.ts';
import { nameBrowser } from '../src/lib/user-agent.ts';
import { fitView, toPicture, zoomAt } from '../src/lib/view.ts';
import { progressOf } from '../src/playground/removal.ts';

test('a preset is written as it is read: what URLs escape means itself', () => {
  const parameters = { scale: '85%', background: 'linear-gradient(45deg, #fff, red 30%)', position: '50% 100%' };
  expect(parsePresetText(toPresetText(parameters))).toEqual(parameters);
  expect(parsePresetText(' a=b&c = d=e && f ')).toEqual({ a: 'b', c: 'd=e', f: '' });
});

describe('numbers and times', () => {
  test('bytes are decimal, as the limits of the plans are', () => {
    expect([0, 999, 10_000_000, 50_000_000, 1_500].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '10 MB',
      '50 MB',
      '1.5 kB',
    ]);
  });

  test('durations, and one that is not known', () => {
    expect([null, 38.4, 940, 1_814, 12_300].map(formatMs)).toEqual(['–', '38 ms', '940 ms', '1.81 s', '12.3 s']);
  });

  test('money shows cents where there are any', () => {
    expect(formatMoney(19, 'eur')).toBe('€19');
    expect(formatMoney(9.5, 'usd')).toBe('$9.50');
  });

  test('months are those of UTC, and turn with the year', () => {
    expect(monthOf(new Date('2026-12-31T23:59:59Z'))).toBe('2026-12');
    expect(shiftMonth('2026-12', 1)).toBe('2027-01');
    expect(shiftMonth('2026-01', -1)).toBe('2025-12');
  });

  test('how long ago', () => {
    const now = new Date('2026-11-23T12:00:00Z');
    expect(formatAgo('2026-11-23T11:59:50Z', now)).toBe('just now');
    expect(formatAgo('2026-11-23T09:00:00Z', now)).toBe('3 hours ago');
    expect(formatAgo('2026-11-22T09:00:00Z', now)).toBe('yesterday');
  });
});

test('a scale has whole even steps, five at most, and its end is not far above', () => {
  expect([0, 1, 4, 7, 217, 26_001].map(axisTicks)).toEqual([
    [0, 1],
    [0, 1],
    [0, 1, 2, 3, 4],
    [0, 2, 4, 6, 8],
    [0, 50, 100, 150, 200, 250],
    [0, 10_000, 20_000, 30_000],
  ]);
});

test('a key is told by what it has of its own', () => {
  const limits = { monthlyRemovals: 2_000, requestsPerSecond: null, maxFileSize: 5_000_000 };
  expect(describeLimits({ limits, quality: 'best' })).toBe('2,000 a month · 5 MB a file · quality best');
  expect(describeLimits({ limits: null, quality: null })).toBe('');
});

describe('the days of a month', () => {
  const busy = { date: '2026-02-27', succeeded: 3, failed: 1 };

  test('are all there when it is over, with what is known of them', () => {
    const days = fillDays('2026-02', [busy], new Date('2026-03-10T00:00:00Z'));
    expect(days).toHaveLength(28);
    expect(days[26]).toBe(busy);
    expect(days[27]).toEqual({ date: '2026-02-28', succeeded: 0, failed: 0 });
  });

  test('end today in the month that goes on', () => {
    const days = fillDays('2026-02', [], new Date('2026-02-03T12:00:00Z'));
    expect(days.map(({ date }) => date)).toEqual(['2026-02-01', '2026-02-02', '2026-02-03']);
  });
});

describe('addresses', () => {
  test('a result is asked for on this origin, whatever name the server has for itself', () => {
    expect(ownPath('http://other.example:8080/processed/a.png?x=1')).toBe('/processed/a.png?x=1');
    expect(ownPath('https://cdn.example/pictures/processed/a.png')).toBe('/processed/a.png');
    expect(ownPath('/processed/a.png')).toBe('/processed/a.png');
  });

  test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', null])(
    'after signing in nobody is sent to %o',
    (path) => expect(safeReturn(path)).toBe('/playground'),
  );

  test('after signing in the page that was asked for is shown', () => {
    expect(safeReturn('/usage?month=2026-11')).toBe('/usage?month=2026-11');
  });
});

describe('a new key', () => {
  test('what was left empty is not sent', () => {
    const fields = { name: ' shop ', expiresOn: '', quality: '', monthlyRemovals: '', maxFileMegabytes: '' };
    expect(toNewKey('live', fields)).toEqual({ name: 'shop', kind: 'live' });
  });

  test('limits become numbers, megabytes bytes, a date the end of its day', () => {
    const fields = {
      name: 'a',
      expiresOn: '2027-01-31',
      quality: 'fast',
      monthlyRemovals: '0',
      maxFileMegabytes: '2.5',
    };
    expect(toNewKey('test', fields)).toEqual({
      name: 'a',
      kind: 'test',
      expiresAt: '2027-01-31T23:59:59.000Z',
      quality: 'fast',
      limits: { monthlyRemovals: 0, maxFileSize: 2_500_000 },
    });
  });

  test('origins are sent where there are some, without a slash at their end, and for publishable keys always', () => {
    expect(splitOrigins('https://Shop.example/, https://b.example')).toEqual([
      'https://shop.example',
      'https://b.example',
    ]);
    expect(toNewKey('live', { name: 'a', origins: 'https://a.example' }).origins).toEqual(['https://a.example']);
    expect(toNewKey('live', { name: 'a', origins: ' ' })).not.toHaveProperty('origins');
    expect(toNewKey('publishable', { name: 'a', origins: '' }).origins).toEqual([]);
  });
});

describe('names of files', () => {
  test('the extension is that of the result', () => {
    expect(resultName('holiday.photo.JPG', 'webp')).toBe('holiday.photo-cutout.webp');
    expect(resultName('.png', 'png', 'mask')).toBe('picture-mask.png');
  });

  test('two alike do not overwrite one another in a ZIP', () => {
    expect(uniqueNames(['a.jpg', 'a.png', 'b.jpg', 'a.webp'], 'png')).toEqual([
      'a-cutout.png',
      'a-cutout-2.png',
      'b-cutout.png',
      'a-cutout-3.png',
    ]);
  });
});

describe('the view', () => {
  test('fits the picture into the window, in its middle', () => {
    expect(fitView({ width: 2000, height: 1000 }, { width: 500, height: 500 })).toEqual({ scale: 0.25, x: 0, y: 125 });
  });

  test('zooming leaves the place under the pointer where it is', () => {
    const view = { scale: 0.5, x: 30, y: -10 };
    const at = { x: 200, y: 120 };
    const nearer = zoomAt(view, 3, at, 0.1);
    const [before, after] = [toPicture(view, at), toPicture(nearer, at)];
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
    expect(nearer.scale).toBeCloseTo(1.5);
  });

  test('has an end, near and far', () => {
    const at = { x: 0, y: 0 };
    expect(zoomAt({ scale: 20, x: 0, y: 0 }, 100, at, 0.1).scale).toBe(32);
    expect(zoomAt({ scale: 0.2, x: 0, y: 0 }, 0.001, at, 0.1).scale).toBe(0.1);
  });
});

describe('what the server says', () => {
  test('errors of the dashboard, of the public API and of signing in are read alike', () => {
    const forms = [
      { error: { code: 'not_found', message: 'Nothing.' } },
      { status: 'error', code: 'not_found', message: 'Nothing.', requestId: 'x' },
      { code: 'NOT_FOUND', message: 'Nothing.' },
    ];
    for (const form of forms) {
      expect(toApiError(404, form)).toMatchObject({ status: 404, code: 'not_found', message: 'Nothing.' });
    }
    expect(toApiError(502, null).message).toContain('502');
  });

  test('progress never goes back from stage to stage', () => {
    const shares = [
      progressOf({ status: 'queued', position: 3 }),
      ...(['decode', 'infer', 'refine', 'encode'] as const).map((stage) => progressOf({ status: 'processing', stage })),
    ].map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(progressOf({ status: 'queued', position: 3 }).label).toContain('place 3');
    expect(progressOf({ status: 'processing', stage: 'queued' }).label).toBe('In the queue');
    // A server that tells no stage.
    expect(progressOf({ status: 'processing' }).label).toBe('Removing the background');
  });

  test('the table of errors has codes that exist, with their statuses', () => {
    for (const { code, status } of ERRORS) {
      expect(Object.keys(ERROR_MESSAGES)).toContain(code);
      expect([code, statusOf(code as ErrorCode)]).toEqual([code, status]);
    }
  });

  test('the table of errors has every code that a key can meet', () => {
    const ofDashboard = [
      'not_signed_in',
      'cross_origin',
      'payment_required',
      'billing_conflict',
      'billing_unavailable',
    ];
    const ofRanges = ['range_not_satisfiable'];
    const told = [...ERRORS.map(({ code }) => code), ...ofDashboard, ...ofRanges];
    expect(told.sort()).toEqual(Object.keys(ERROR_MESSAGES).sort());
  });

  test('a browser is told by its name, not by those that it imitates', () => {
    expect(nameBrowser('Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140')).toBe('Edge on Windows');
    expect(nameBrowser('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1')).toBe('Safari on iPhone');
    expect(nameBrowser('')).toBe('A browser');
  });
});
