import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { endChild, query, useBench, waitUntil } from './own-postgres/harness.ts';

const bench = useBench();

function busyBackends(postmaster: number): number {
  const listing = spawnSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).stdout.split('\n');
  return listing.filter((line) => line.trim().startsWith(`${postmaster} `) && line.endsWith(' SELECT')).length;
}

describe('a server', () => {
  it('creates its database, keeps its rows over a stop and start, and leaves no process behind', async () => {
    const log: string[] = [];
    const first = await bench().open('server', { log });
    expect(await query(first, 'select current_database(), current_user')).toEqual(['remuvr', 'remuvr']);
    await query(first, 'create table kept as select 42 as n');
    await first.stop();
    await first.stop();
    expect(bench().postmasterPid()).toBeUndefined();
    const second = await bench().open('server', { log });
    expect(await query(second, 'select n from kept')).toEqual([42]);
    expect(log.filter((line) => line.startsWith('created'))).toHaveLength(1);
    expect(fs.readdirSync(bench().dataDir).sort()).toEqual(['postgres', 'postgres.log', 'run']);
  });

  it('runs it with fsync, without TCP, as a database owner who is no superuser', async () => {
    const own = await bench().open('server');
    const names = ['fsync', 'listen_addresses', 'is_superuser', 'shared_buffers', 'server_encoding'];
    const answer = await query(own, `select ${names.map((n) => `current_setting('${n}')`).join(', ')}`);
    expect(answer).toEqual(['on', '', 'off', '64MB', 'UTF8']);
  });

  it('brings a killed PostgreSQL back under the same address, with every committed row', async () => {
    let restartedAs: number | undefined;
    const onRestart = (pid: number) => {
      restartedAs = pid;
    };
    const own = await bench().open('server', { onRestart });
    const pool = new pg.Pool({ connectionString: own.connectionString });
    pool.on('error', () => {});
    await pool.query('create table kept (n int)');
    for (let round = 1; round <= 3; round++) {
      await pool.query('insert into kept values ($1)', [round]);
      const killed = own.pid;
      process.kill(killed, 'SIGKILL');
      await waitUntil(() => own.pid !== killed);
      expect((await pool.query('select n from kept order by n')).rows).toHaveLength(round);
    }
    expect(restartedAs).toBe(own.pid);
    await pool.end();
  });

  it.runIf(process.platform === 'linux')(
    'brings it back though a child of the killed one is deep in a query',
    async () => {
      const own = await bench().open('server');
      const endless = query(own, 'select count(*) from generate_series(1, 100000000000)').catch(() => {});
      await waitUntil(() => busyBackends(own.pid) > 0);
      const killed = own.pid;
      process.kill(killed, 'SIGKILL');
      await waitUntil(() => own.pid !== killed);
      expect(await query(own, 'select 1')).toEqual([1]);
      await endless;
    },
  );

  it('adopts the PostgreSQL of a server that was killed, and supervises it', async () => {
    const killed = await bench().startHolder('server');
    await query(killed, 'create table kept as select 42 as n');
    await endChild(killed.child, 'SIGKILL');
    const pid = bench().postmasterPid();
    const own = await bench().open('server');
    expect(own.pid).toBe(pid);
    expect(await query(own, 'select n from kept')).toEqual([42]);
    process.kill(own.pid, 'SIGKILL');
    await waitUntil(() => own.pid !== pid);
    await own.stop();
    expect(bench().postmasterPid()).toBeUndefined();
  });

  it('starts over a postmaster.pid whose pid is by now another process', async () => {
    const { child } = await bench().startHolder('server');
    await endChild(child, 'SIGKILL');
    process.kill(bench().postmasterPid() ?? 0, 'SIGKILL');
    const file = path.join(bench().dataDir, 'postgres', 'postmaster.pid');
    const bystander = spawn('sleep', ['600']);
    bench().children.push(bystander);
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^\d+/, String(bystander.pid)));
    expect(await query(await bench().open('server'), 'select 1')).toEqual([1]);
    expect(bystander.exitCode).toBeNull();
  });

  it('makes the database anew when it was killed while it made it', async () => {
    const child = bench().spawnHolder('server');
    await waitUntil(() => bench().isMakingCluster());
    await endChild(child, 'SIGKILL');
    expect(fs.existsSync(path.join(bench().dataDir, 'postgres'))).toBe(false);
    expect(await query(await bench().open('server'), 'select 1')).toEqual([1]);
  });
});

describe('commands', () => {
  it('all succeed when three come at once to an empty folder, and leave nothing running', async () => {
    const commands = [1, 2, 3].map(() => bench().spawnHolder('command', 200));
    await Promise.all(commands.map((child) => once(child, 'exit')));
    expect(commands.map((child) => child.exitCode)).toEqual([0, 0, 0]);
    expect(bench().postmasterPid()).toBeUndefined();
  });

  it('use the PostgreSQL of a running server and leave it alone', async () => {
    const server = await bench().open('server');
    const command = await bench().open('command');
    expect(command.pid).toBe(server.pid);
    await command.stop();
    expect(await query(server, 'select 1')).toEqual([1]);
  });

  it('leave their PostgreSQL to a server that has started meanwhile', async () => {
    const command = await bench().open('command');
    const server = await bench().open('server');
    expect(server.pid).toBe(command.pid);
    await command.stop();
    expect(await query(server, 'select 1')).toEqual([1]);
  });

  it('keep PostgreSQL when the server stops, and stop it themselves at their end', async () => {
    const server = await bench().open('server');
    const command = await bench().open('command');
    await server.stop();
    expect(await query(command, 'select 1')).toEqual([1]);
    await command.stop();
    expect(bench().postmasterPid()).toBeUndefined();
  });

  it('never leave a server without PostgreSQL that starts in the moment they end', async () => {
    for (let round = 0; round < 5; round++) {
      const command = await bench().open('command');
      const [server] = await Promise.all([bench().open('server'), sleep(round * 5).then(() => command.stop())]);
      expect(await query(server, 'select 1')).toEqual([1]);
      await server.stop();
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stop PostgreSQL when %s ends them', async (signal) => {
    const { child } = await bench().startHolder('command');
    expect(bench().postmasterPid()).toBeDefined();
    expect(await endChild(child, signal)).toBe(signal);
    expect(bench().postmasterPid()).toBeUndefined();
  });

  it('stop PostgreSQL also when the signal comes while it is being made', async () => {
    const child = bench().spawnHolder('command');
    await waitUntil(() => bench().isMakingCluster());
    expect(await endChild(child, 'SIGTERM')).toBe('SIGTERM');
    expect(bench().postmasterPid()).toBeUndefined();
  });
});
