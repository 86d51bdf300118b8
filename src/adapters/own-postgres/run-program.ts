/** One run of a program to its end, with what it wrote, in an environment that holds nothing of the operator's. */
import { spawn } from 'node:child_process';

export type ProgramResult = { readonly isSuccess: boolean; readonly output: string };

export type Program = {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
};

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * PostgreSQL obeys PGDATA, PGPORT, PGOPTIONS and more, and prints in the language of the locale; the operator may have
 * set any of them for another PostgreSQL. TZ is what initdb writes into the settings.
 */
export function programEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: SYSTEM_PATH, LC_ALL: 'C', TZ: 'UTC', ...extra };
}

/** Works in `/`, because another user may not be able to enter our working folder. Output keeps its last 64 kB. */
export async function runProgram(
  program: Program,
  options: { readonly env: Record<string, string>; readonly input?: string },
): Promise<ProgramResult> {
  const { file, args, ...user } = program;
  const child = spawn(file, args, { ...user, cwd: '/', env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-65_536);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  // A program that ends without reading its input is judged by its exit code, not by our EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ isSuccess: false, output: error.message }));
    child.once('close', (code) => resolve({ isSuccess: code === 0, output }));
  });
}

/** The line of a program's output that says most: its last complaint, else its last line. */
export function pickLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const complaint = lines.findLast((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line));
  const line = complaint ?? lines.findLast((l) => l !== '') ?? 'it said nothing';
  return line.replace(/^.*?\b(FATAL|PANIC|ERROR|error):\s*/, '').replace(/\.$/, '');
}

export function isDiskFull(output: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(output);
}
