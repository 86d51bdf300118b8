/** The settings of the program as values. The only reader of process.env. */
import path from 'node:path';
import type { Format } from './config/formats.ts';
import { type Row, SETTINGS } from './config/settings.ts';
import type { Bucket } from './config/storage-url.ts';
import type { ReadyModel } from './domain/model.ts';

export { SETTINGS };

export type SettingName = keyof typeof SETTINGS;
type Value<N extends SettingName> = (typeof SETTINGS)[N] extends { format: Format<infer T> } ? T : never;
type Raw = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends { default: unknown } ? Value<N> : Value<N> | undefined;
};

/** The settings as values, with the folders that follow from them, absolute. */
export type Config = Raw & {
  readonly modelsDir: string;
  /** Of the objects; where a bucket has them, of what is under way to it. */
  readonly objectsDir: string;
  readonly bucket: Bucket | undefined;
  /** Where callers reach the bucket, if results are fetched there. */
  readonly bucketOrigin: string | undefined;
  readonly secretFile: string;
};

/** A setting that does not fit. The message names the variable, what was given, the format and where to read more. */
export class ConfigError extends Error {
  constructor(name: string, given: string, format: string) {
    super(`${name} is "${given}", but it must be ${format}. See docs/configuration.md#${name.toLowerCase()}.`);
    this.name = 'ConfigError';
  }
}

/** Values from the given variables; an empty one counts as absent. Throws ConfigError at the first that does not fit. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Row<unknown>][]) {
    const fallback = typeof setting.default === 'function' ? setting.default() : setting.default;
    const given = env[name] === '' ? undefined : env[name];
    const raw = given ?? fallback;
    const value = raw === undefined ? undefined : setting.format.parse(raw);
    if (raw !== undefined && value === undefined) {
      // What stands before an @ may be a password, also in an address that is no URL for it.
      const isSecret = setting.format.isSecret || raw.includes('@');
      throw new ConfigError(name, isSecret ? '[secret]' : raw, setting.format.describe);
    }
    values[name] = value;
  }
  const raw = values as Raw;
  refuseHalfOfStripe(raw);
  refuseLinksWithoutBucket(raw);
  const dataDir = path.resolve(raw.DATA_DIR);
  return {
    ...raw,
    DATA_DIR: dataDir,
    secretFile: path.join(dataDir, 'auth-secret'),
    modelsDir: path.resolve(raw.MODELS_DIR ?? path.join(dataDir, 'models')),
    objectsDir: raw.STORAGE_URL?.kind === 'folder' ? raw.STORAGE_URL.folder : path.join(dataDir, 'objects'),
    bucket: raw.STORAGE_URL?.kind === 'bucket' ? raw.STORAGE_URL.bucket : undefined,
    bucketOrigin: LEADS_TO_BUCKET.test(raw.CDN_URL ?? '') ? raw.CDN_URL?.replace(LEADS_TO_BUCKET, '') : undefined,
  };
}

/** Money that is collected and never heard of, or news that is not believed: neither is meant by anybody. */
function refuseHalfOfStripe({ STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: signing }: Raw): void {
  const [missing, other] = key
    ? ['STRIPE_WEBHOOK_SECRET', 'STRIPE_SECRET_KEY']
    : ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'];
  if (Boolean(key) !== Boolean(signing)) throw new ConfigError(missing, '', `set where ${other} is`);
}

const LEADS_TO_BUCKET = /^s3\+/;

function refuseLinksWithoutBucket({ CDN_URL, STORAGE_URL }: Raw): void {
  if (LEADS_TO_BUCKET.test(CDN_URL ?? '') && STORAGE_URL?.kind !== 'bucket') {
    throw new ConfigError('CDN_URL', CDN_URL ?? '', 'http:// or https:// where STORAGE_URL names no bucket');
  }
}

/** The origin of the result links; undefined where it is that of the server. */
export const linkOrigin = ({ CDN_URL, bucketOrigin }: Config): string | undefined =>
  bucketOrigin === undefined ? CDN_URL : undefined;

/** Undefined where the machine or a profile has them. */
export const bucketCredentials = (config: Config) =>
  config.AWS_ACCESS_KEY_ID && config.AWS_SECRET_ACCESS_KEY
    ? {
        accessKeyId: config.AWS_ACCESS_KEY_ID,
        secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
        ...(config.AWS_SESSION_TOKEN ? { sessionToken: config.AWS_SESSION_TOKEN } : {}),
      }
    : undefined;

/** What pages load pictures from beside their own origin: whoever is sent on to the bucket needs both. */
export function pictureOrigins(config: Config): string[] {
  const { bucket, bucketOrigin } = config;
  if (!bucket || bucketOrigin === undefined) return [];
  const { protocol, host } = new URL(bucketOrigin);
  return [`${protocol}//${bucket.forcePathStyle ? '' : `${bucket.name}.`}${host}`];
}

/** Undefined where nobody collects money. */
export const stripeSecrets = (
  config: Config,
): { readonly secretKey: string; readonly webhookSecret: string } | undefined =>
  config.STRIPE_SECRET_KEY && config.STRIPE_WEBHOOK_SECRET
    ? { secretKey: config.STRIPE_SECRET_KEY, webhookSecret: config.STRIPE_WEBHOOK_SECRET }
    : undefined;

/** The settings of this process; `.env` in the working folder fills what the environment leaves open. */
export function loadConfig(): Config {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return parseConfig(process.env);
}

type Provider = { readonly clientId: string; readonly clientSecret: string };

/** Those whose id and secret are both set. */
export function identityProviders(config: Config): { readonly google?: Provider; readonly github?: Provider } {
  const pair = (clientId: string | undefined, clientSecret: string | undefined): Provider | undefined =>
    clientId && clientSecret ? { clientId, clientSecret } : undefined;
  const google = pair(config.GOOGLE_CLIENT_ID, config.GOOGLE_CLIENT_SECRET);
  const github = pair(config.GITHUB_CLIENT_ID, config.GITHUB_CLIENT_SECRET);
  return { ...(google ? { google } : {}), ...(github ? { github } : {}) };
}

/** What a pipeline child is told by its parent: one variable of JSON, so that the operator's settings reach it whole. */
export type ChildSettings = { readonly model: ReadyModel; readonly threads: number };

const CHILD_VARIABLE = 'REMUVR_PIPELINE_CHILD';

/** The settings, and whatever else may lead to the bucket or to a collector, which have variables of their own. */
const isOperators = (name: string): boolean => Object.hasOwn(SETTINGS, name) || /^(AWS|OTEL)_/.test(name);

/** Without the settings: a child meets the bytes of strangers, and has no use for the operator's secrets. */
export function childEnvironment(settings: ChildSettings): Record<string, string | undefined> {
  const others = Object.entries(process.env).filter(([name]) => !isOperators(name));
  return { ...Object.fromEntries(others), [CHILD_VARIABLE]: JSON.stringify(settings) };
}

export function loadChildSettings(): ChildSettings {
  const text = process.env[CHILD_VARIABLE];
  if (text === undefined) throw new Error('this program is started by the server, not by hand');
  return JSON.parse(text) as ChildSettings;
}

/** npm's own configuration lives in variables too; the package that reads it is given all of them. */
export const npmEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
