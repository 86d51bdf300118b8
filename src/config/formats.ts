/** The forms that a setting can have. */
import { parseSourceHosts, type SourceHosts } from '../domain/source-hosts.ts';
import { parseRetrySchedule, type RetrySchedule } from '../domain/webhook.ts';

export type Format<T> = {
  readonly describe: string;
  /** Undefined when the text does not fit. */
  readonly parse: (text: string) => T | undefined;
  /** Never shown, also where it does not fit. */
  readonly isSecret?: true;
};

export const text: Format<string> = { describe: 'text', parse: (t) => t };

export const secret: Format<string> = {
  describe: 'text of at least 32 characters',
  parse: (t) => (t.length >= 32 ? t : undefined),
  isSecret: true,
};

export const secretLike = (describe: string, pattern: RegExp): Format<string> => ({
  describe,
  parse: (t) => (pattern.test(t) ? t : undefined),
  isSecret: true,
});

export const integer = (min: number, max: number): Format<number> => ({
  describe: `a whole number from ${min} to ${max}`,
  parse: (t) => (/^\d+$/.test(t) && Number(t) >= min && Number(t) <= max ? Number(t) : undefined),
});

export const fraction: Format<number> = {
  describe: 'a number from 0 to 1',
  parse: (t) => (/^(0|1|0?\.\d+|[01]\.0+)$/.test(t) ? Number(t) : undefined),
};

/** As OpenTelemetry has it: values are percent-encoded. */
export const headerList: Format<Readonly<Record<string, string>>> = {
  describe: 'a list of name=value with commas between them',
  parse: parseHeaderList,
  isSecret: true,
};

function parseHeaderList(list: string): Readonly<Record<string, string>> | undefined {
  const pairs = list.split(',').map((pair) => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(\S.*?)\s*$/.exec(pair));
  try {
    const headers = pairs.map((pair): [string, string] => [pair?.[1] ?? '', decodeURIComponent(pair?.[2] ?? '')]);
    return headers.every(([name, value]) => name !== '' && /^[\x20-\x7e]+$/.test(value))
      ? Object.fromEntries(headers)
      : undefined;
  } catch {
    return undefined;
  }
}

export const autoOr = <T>({ describe, parse }: Format<T>): Format<T | 'auto'> => ({
  describe: `auto, or ${describe}`,
  parse: (t) => (t.toLowerCase() === 'auto' ? 'auto' : parse(t)),
});

export const oneOf = <T extends string>(...values: T[]): Format<T> => ({
  describe: `one of ${values.join(', ')}`,
  parse: (t) => values.find((v) => v === t.toLowerCase()),
});

export const url = (...schemes: string[]): Format<string> => ({
  describe: `a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`,
  parse: (t) => {
    const isFitting = schemes.some((s) => t.startsWith(`${s}://`)) && URL.canParse(t);
    return isFitting ? t.replace(/\/+$/, '') : undefined;
  },
});

/** For an address that is shown; `instead`: the setting for what would be a secret in it. */
export const urlWithoutUser = (instead: string, ...schemes: string[]): Format<string> => {
  const { describe, parse } = url(...schemes);
  return {
    describe: `${describe} and names no user or password, for which there is ${instead}`,
    parse: (t) => {
      const fitting = parse(t);
      if (fitting === undefined) return undefined;
      const { username, password } = new URL(fitting);
      return username + password === '' ? fitting : undefined;
    },
  };
};

export const timeZoneOffset: Format<string> = {
  describe: 'an offset from UTC such as +00:00 or -03:30',
  parse: (t) => (/^[+-](0\d|1[0-4]):[0-5]\d$/.test(t) ? t : undefined),
};

export const sourceHosts: Format<SourceHosts> = {
  describe: 'a list of hosts with commas between them, in which * stands for every public host; or none',
  parse: parseSourceHosts,
};

export const retrySchedule: Format<RetrySchedule> = {
  describe: 'at most 32 whole numbers from 0 to 86400 with commas between them, or none',
  parse: parseRetrySchedule,
};

export const yesOrNo: Format<boolean> = {
  describe: 'true or false',
  parse: (t) => (/^(true|yes|1)$/i.test(t) ? true : /^(false|no|0)$/i.test(t) ? false : undefined),
};

/** Proxies in front; true is one of them. */
export const hops: Format<number> = {
  describe: 'a whole number from 0 to 9, true or false',
  parse: (t) => (/^\d$/.test(t) ? Number(t) : /^(true|yes)$/i.test(t) ? 1 : /^(false|no)$/i.test(t) ? 0 : undefined),
};
