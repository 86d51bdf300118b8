/** An S3 server as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BUCKET } from '../s3-server.ts';

export { BUCKET };

export type S3Process = { readonly url: string; stop(): Promise<void> };

export async function startS3Process(folder: string, env: Record<string, string>): Promise<S3Process> {
  const packageJson = createRequire(import.meta.url).resolve('s3rver/package.json');
  const program = path.join(path.dirname(packageJson), 'bin/s3rver.js');
  const args = [program, '--silent', '-d', folder, '-a', '127.0.0.1', '-p', '0', '--configure-bucket', BUCKET];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let out = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const port = /listening on \S+:(\d+)/.exec(out)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('exit', (code) => reject(new Error(`the S3 server ended with ${code}`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
