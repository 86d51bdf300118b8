import * as fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkLibraries } from '../../../src/adapters/own-postgres/binaries.ts';
import { programEnvironment, runProgram } from '../../../src/adapters/own-postgres/run-program.ts';
import { canMount, nativeDir, useBench } from './harness.ts';

const bench = useBench();

describe('the library links', () => {
  function copyPackage(): string {
    const copy = path.join(bench().folder, 'package', 'native');
    fs.mkdirSync(path.join(copy, 'lib'), { recursive: true });
    fs.copyFileSync(path.join(nativeDir, 'pg-symlinks.json'), path.join(copy, 'pg-symlinks.json'));
    return copy;
  }

  it.runIf(process.platform === 'linux')('are made in the package, by several at once', async () => {
    const copy = copyPackage();
    const linksDir = path.join(bench().folder, 'links');
    await Promise.all([1, 2, 3].map(() => linkLibraries({ nativeDir: copy, linksDir })));
    expect(fs.readlinkSync(path.join(copy, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(fs.existsSync(linksDir)).toBe(false);
  });

  it.runIf(canMount)(
    'are made beside a package that is read-only, whose programs then find every library',
    async () => {
      const copy = path.join(bench().folder, 'package', 'native');
      fs.cpSync(nativeDir, copy, { recursive: true, filter: (file) => !fs.lstatSync(file).isSymbolicLink() });
      bench().mount(copy, '--bind', '-o', 'ro', copy);
      const linksDir = path.join(bench().folder, 'links');
      const libraryPath = await linkLibraries({ nativeDir: copy, linksDir });
      expect(fs.readlinkSync(path.join(linksDir, 'libpq.so.5'))).toBe(path.join(copy, 'lib', 'libpq.so.5.18'));
      const program = { file: path.join(copy, 'bin', 'initdb'), args: ['--version'] };
      const ran = await runProgram(program, { env: programEnvironment({ LD_LIBRARY_PATH: libraryPath ?? '' }) });
      expect(ran.output).toMatch(/^initdb \(PostgreSQL\) 18/);
    },
  );
});
