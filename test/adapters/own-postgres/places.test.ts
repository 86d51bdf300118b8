import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { layOutPostgres } from '../../../src/adapters/own-postgres/layout.ts';
import { canMount, isRoot, nativeDir, query, useBench } from './harness.ts';

const bench = useBench();

describe('places', () => {
  it('may have a long name, with spaces, commas and quotes in it', async () => {
    bench().dataDir = path.join(bench().folder, `it's, "a" b ${'long-'.repeat(30)}`);
    const own = await bench().open('server');
    expect(await query(own, 'select 1')).toEqual([1]);
    const { socketDir } = layOutPostgres(bench().dataDir);
    expect(fs.statSync(socketDir).mode & 0o777).toBe(0o700);
    await own.stop();
    expect(fs.existsSync(socketDir)).toBe(false);
  });

  it('refuses a socket folder in the temporary folder that others may enter', async () => {
    bench().dataDir = path.join(bench().folder, 'long-'.repeat(30));
    const { socketDir } = layOutPostgres(bench().dataDir);
    fs.mkdirSync(socketDir);
    fs.chmodSync(socketDir, 0o755);
    try {
      await expect(bench().open('server')).rejects.toThrow(/is not a private folder of the user that runs PostgreSQL/);
    } finally {
      fs.rmdirSync(socketDir);
    }
  });

  it.runIf(isRoot)('as root, runs as another user, with no power at all where that user gets by without', async () => {
    fs.chmodSync(bench().folder, 0o711);
    const own = await bench().open('server');
    const status = fs.readFileSync(`/proc/${own.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t(?!0\b)/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(fs.statSync(path.join(bench().dataDir, 'postgres')).uid).not.toBe(0);
  });

  it.runIf(isRoot).each([
    { ofPrograms: 'u+rwX,go+rX', says: 'open' },
    { ofPrograms: 'u+rwX,go-rwx', says: 'closed, as under a umask of 077,' },
  ])(
    'as root, keeps one capability where a clone with its data lies in a closed folder: programs $says',
    async (modes) => {
      const clone = path.join(bench().folder, 'native');
      fs.cpSync(nativeDir, clone, { recursive: true, verbatimSymlinks: true });
      spawnSync('chmod', ['-R', modes.ofPrograms, clone]);
      const own = await bench().open('server', { postgresBin: path.join(clone, 'bin') });
      const status = fs.readFileSync(`/proc/${own.pid}/status`, 'utf8');
      for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
        // 4 is dac_read_search, 2 dac_override.
        expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+[24]$`, 'm'));
      }
      expect(await query(own, 'select 1')).toEqual([1]);
    },
  );

  it.runIf(isRoot)('as root, takes over a cluster that was copied as root', async () => {
    await (await bench().open('server')).stop();
    spawnSync('chown', ['-R', '0:0', path.join(bench().dataDir, 'postgres')]);
    expect(await query(await bench().open('server'), 'select 1')).toEqual([1]);
  });

  it.runIf(canMount)('says in one sentence that the disk is full, and leaves no half database', async () => {
    bench().mount(bench().dataDir, '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs');
    await expect(bench().open('server')).rejects.toThrow(
      `The disk of DATA_DIR ${bench().dataDir} is full: PostgreSQL cannot write its database there.`,
    );
    expect(fs.readdirSync(bench().dataDir)).toEqual(['run']);
  });

  it.runIf(canMount)('says in one sentence that DATA_DIR is read-only', async () => {
    bench().mount(bench().dataDir, '-t', 'tmpfs', '-o', 'ro', 'tmpfs');
    await expect(bench().open('server')).rejects.toThrow(
      `DATA_DIR ${bench().dataDir} cannot be written, because its file system is read-only.`,
    );
  });

  it('says in one sentence that the database is of another major version', async () => {
    await (await bench().open('server')).stop();
    fs.writeFileSync(path.join(bench().dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(bench().open('server')).rejects.toThrow(
      /was made by PostgreSQL 17, but the programs in .* are PostgreSQL 18/,
    );
  });

  it('says in one sentence what stands in the way of its start', async () => {
    await (await bench().open('server')).stop();
    fs.appendFileSync(path.join(bench().dataDir, 'postgres', 'postgresql.conf'), 'max_connections = lots\n');
    await expect(bench().open('server')).rejects.toThrow(
      /^PostgreSQL did not start: .* \(more in .*postgres\.log\)\.$/,
    );
  });

  it('says in one sentence that POSTGRES_BIN holds no programs', async () => {
    const missing = bench().open('server', { postgresBin: bench().folder });
    await expect(missing).rejects.toThrow(/^PostgreSQL cannot start, because .*postgres is missing: set POSTGRES_BIN/);
  });
});
