/** Every setting of the program: one row each. */
import { availableParallelism } from 'node:os';
import { DEFAULT_MODEL_NAME } from '../domain/model.ts';
import { QUALITIES } from '../domain/removal-options.ts';
import {
  autoOr,
  type Format,
  fraction,
  headerList,
  hops,
  integer,
  oneOf,
  retrySchedule,
  secret,
  secretLike,
  sourceHosts,
  text,
  timeZoneOffset,
  url,
  urlWithoutUser,
  yesOrNo,
} from './formats.ts';
import { storageUrl } from './storage-url.ts';

/** A default is the text that the operator would have written; a function where it depends on the machine. */
export type Row<T> = { readonly format: Format<T>; readonly default?: string | (() => string); readonly help: string };

const row = <T, D extends string | (() => string)>(format: Format<T>, fallback: D, help: string) => ({
  format,
  default: fallback as string | (() => string),
  help,
});
const optionalRow = <T>(format: Format<T>, help: string) => ({ format, help });

export const SETTINGS = {
  PORT: row(integer(0, 65535), '8080', 'Port that the server listens on; 0 takes a free one.'),
  HOST: row(text, '127.0.0.1', 'Address that the server listens on; 0.0.0.0 opens it to the network.'),
  DATA_DIR: row(text, './data', 'Folder of everything that the server keeps: database, objects, models.'),
  DATABASE_URL: optionalRow(
    url('postgres', 'postgresql'),
    'PostgreSQL to use. Without it the server starts its own, under DATA_DIR.',
  ),
  STORAGE_URL: optionalRow(storageUrl, 'Where objects are kept: a folder, or a bucket. Without it, DATA_DIR/objects.'),
  PUBLIC_URL: optionalRow(url('http', 'https'), 'Origin written into links. Without it, http://localhost:PORT.'),
  CDN_URL: optionalRow(
    url('http', 'https', 's3+http', 's3+https'),
    'Origin of the result links, or of the bucket that they are to lead to. Without it, PUBLIC_URL.',
  ),
  AWS_ACCESS_KEY_ID: optionalRow(text, 'Id of the access key for the bucket of STORAGE_URL.'),
  AWS_SECRET_ACCESS_KEY: optionalRow(
    secretLike('a secret access key', /^\S+$/),
    'Secret of the access key for the bucket of STORAGE_URL.',
  ),
  AWS_SESSION_TOKEN: optionalRow(
    secretLike('a session token', /^\S+$/),
    'Token of an access key that was lent for some hours.',
  ),
  AWS_REGION: optionalRow(text, 'Region of the bucket, where STORAGE_URL names none.'),
  MODEL: row(text, DEFAULT_MODEL_NAME, 'Model that removes the backgrounds; `remuvr models list` names them.'),
  MODELS_DIR: optionalRow(text, 'Folder of the model files. Without it, DATA_DIR/models.'),
  QUALITY: row(oneOf(...QUALITIES), 'auto', 'Care taken over a matte where neither the request nor its key says.'),
  ACCEPT_MODEL_LICENSE: optionalRow(text, 'Name of a model whose licence restricts its use, to say that you hold it.'),
  PRECISION: row(
    oneOf('auto', 'int8', 'fp32'),
    'auto',
    'Arithmetic of the model: int8 is several times faster, fp32 exact; auto measures once and chooses.',
  ),
  LOG_LEVEL: row(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  MAX_PIXELS: row(integer(1, 1_000_000_000), '50000000', 'Most pixels of a source picture, width × height.'),
  SYNC_TIMEOUT: row(integer(0, 3600), '60', 'Seconds that a synchronous call waits before it answers 202.'),
  RESULT_TTL: row(integer(1, 31_536_000), '86400', 'Seconds that a result is kept after its job ended.'),
  JOB_TIMEOUT: row(integer(1, 3600), '60', 'Seconds that one attempt at a job may take in its child process.'),
  UPLOAD_TIMEOUT: row(integer(1, 3600), '120', 'Seconds in which a request must have arrived whole.'),
  MAX_QUEUE: row(integer(1, 1_000_000), '1000', 'Jobs that may wait; the next one is answered 503.'),
  MAX_ACCOUNT_QUEUE: row(
    integer(1, 1_000_000),
    '500',
    'Jobs of one account that may wait; the next one is answered 503.',
  ),
  MAX_UPLOADS: row(integer(1, 100_000), '256', 'Pictures that may be arriving at once; the next one is answered 503.'),
  MAX_BATCH_ITEMS: row(integer(1, 1_000), '100', 'Pictures that one batch may hold.'),
  MAX_BATCH_BYTES: row(
    integer(1, 4_000_000_000),
    '1000000000',
    'Bytes that the pictures of one batch may have together, packed or unpacked.',
  ),
  ALLOWED_SOURCE_HOSTS: row(
    sourceHosts,
    '*',
    'Hosts from which pictures are fetched by their URL; one that is named may be private.',
  ),
  ALLOWED_WEBHOOK_HOSTS: row(
    sourceHosts,
    '*',
    'Hosts that webhooks are sent to; one that is named may be private, and without https.',
  ),
  WEBHOOK_RETRIES: row(
    retrySchedule,
    '5,60,300,1800,7200,18000,36000,23000',
    'Seconds from each failed attempt to send a webhook to the next one.',
  ),
  LANDING_DEMO: row(yesOrNo, 'true', 'Whether an idle server makes the pictures of its landing page itself.'),
  REMBG_ANONYMOUS: row(yesOrNo, 'false', 'Whether /api/remove, where clients of rembg call, needs no key.'),
  WORKERS: row(
    autoOr(integer(1, 256)),
    'auto',
    'Most child processes that remove backgrounds; auto: one for each of THREADS, as far as the memory goes.',
  ),
  THREADS: row(
    integer(1, 256),
    () => String(availableParallelism()),
    'Threads of all child processes together: a picture alone uses every one, pictures at once share them.',
  ),
  MAX_MEGAPIXELS: row(
    autoOr(integer(1, 1_000_000)),
    'auto',
    'Megapixels that the child processes work on at once; auto: as far as the memory goes.',
  ),
  CHILD_MEMORY: row(integer(256, 1_048_576), '4096', 'MiB of memory above which a child process is replaced.'),
  CHILD_IDLE_MEMORY: row(
    autoOr(integer(256, 1_048_576)),
    'auto',
    'MiB of memory above which a child process is replaced between two pictures; auto: 2048, and more for a larger model.',
  ),
  METRICS_PORT: optionalRow(
    integer(1, 65535),
    'Port of /metrics, /healthz and /readyz for operators. Without it a worker has no port.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalRow(
    urlWithoutUser('OTEL_EXPORTER_OTLP_HEADERS', 'http', 'https'),
    'Collector that traces are sent to by OTLP over HTTP. Without it nothing is traced.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: optionalRow(headerList, 'Headers of what is sent to the collector, such as a token.'),
  OTEL_SERVICE_NAME: row(text, 'remuvr', 'Name of this process in the traces.'),
  OTEL_TRACES_SAMPLER_ARG: row(fraction, '1', 'Share of the traces that are kept, of those that begin here.'),
  DRAIN_TIMEOUT: row(integer(0, 600), '20', 'Seconds that running jobs get to finish after SIGTERM.'),
  TIME_ZONE: row(timeZoneOffset, '+00:00', 'Offset in which the times of jobs are written.'),
  POSTGRES_BIN: optionalRow(text, 'Folder with postgres and initdb to use in place of the packaged ones.'),
  PLANS_FILE: optionalRow(text, 'File of the plans that this server sells. Without it, four that are built in.'),
  AUTH_SECRET: optionalRow(
    secret,
    'Secret that signs sessions and encrypts others. Without it one is made, in DATA_DIR/auth-secret.',
  ),
  SMTP_URL: optionalRow(
    url('smtp', 'smtps'),
    'Mail server for the mails about signing in and usage. Without it, their links go to the log.',
  ),
  MAIL_FROM: row(text, 'Remuvr <remuvr@localhost>', 'Sender of the mails.'),
  GOOGLE_CLIENT_ID: optionalRow(text, 'Client id of sign-in by Google; it needs the secret too.'),
  GOOGLE_CLIENT_SECRET: optionalRow(text, 'Client secret of sign-in by Google.'),
  GITHUB_CLIENT_ID: optionalRow(text, 'Client id of sign-in by GitHub; it needs the secret too.'),
  GITHUB_CLIENT_SECRET: optionalRow(text, 'Client secret of sign-in by GitHub.'),
  STRIPE_SECRET_KEY: optionalRow(
    secretLike('a key of Stripe that begins with sk_ or rk_', /^[sr]k_\w{8,}$/),
    'Secret key of the Stripe account that collects the money. Without it plans change at once, unpaid.',
  ),
  STRIPE_WEBHOOK_SECRET: optionalRow(
    secretLike('a signing secret of Stripe that begins with whsec_', /^whsec_\w{8,}$/),
    'Secret by which Stripe signs the events that it sends to /webhooks/stripe.',
  ),
  STRIPE_API_URL: optionalRow(url('http', 'https'), 'Origin of the API of Stripe, where it is reached by another way.'),
  BILLING_GRACE_DAYS: row(integer(0, 60), '7', 'Days for which a plan stays after a payment failed.'),
  REMUVR_API_URL: optionalRow(url('http', 'https'), 'Server that `remuvr remove` and `remuvr mcp` hand the work to.'),
  REMUVR_API_KEY: optionalRow(
    secretLike('an API key that begins with rmv_', /^rmv_\w{8,}$/),
    'API key for the server of REMUVR_API_URL.',
  ),
  TRUST_PROXY: row(hops, '0', 'How many proxies in front are believed about X-Forwarded-For; true is one.'),
} satisfies Record<string, Row<unknown>>;
