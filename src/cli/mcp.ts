/** remuvr mcp: the cutting out as tools for agents, over stdin and stdout. */
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { DEFAULT_REMOVAL_OPTIONS } from '../domain/removal-options.ts';
import { serveSession, type Tool } from './mcp/protocol.ts';
import { listLocalTools, listServerTools, type Order } from './mcp/tools.ts';
import { openLocalRunner, runLocally } from './remove/local.ts';
import { chooseServer } from './remove/server.ts';
import { failureSentence, loadCommand } from './terminal.ts';
import { readVersion } from './version.ts';

async function serveTools(options: { apiUrl?: string; key?: string }): Promise<void> {
  const { config, log } = loadCommand();
  const server = chooseServer(options, config);
  const local = createLocal(config, log);
  const tools: readonly Tool[] = server ? listServerTools(server) : listLocalTools(local.remove);
  try {
    await serveSession(createInterface({ input: process.stdin }), {
      serverInfo: { name: 'remuvr', version: readVersion() },
      tools,
      send: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
      describeFailure: failureSentence,
    });
  } finally {
    await local.close();
  }
}

/** The model is loaded for the first picture: an agent that asks for none has no use for it. */
function createLocal(config: Config, log: Logger) {
  let runner: ReturnType<typeof openLocalRunner> | undefined;
  return {
    async remove({ input, output, format, quality, isMask }: Order) {
      runner ??= openLocalRunner(config, log, Number.POSITIVE_INFINITY);
      const kind = isMask ? ('mask' as const) : ('cutout' as const);
      const options = { ...DEFAULT_REMOVAL_OPTIONS, format, output: kind, quality: quality ?? config.QUALITY };
      return await runLocally(await runner, config, path.resolve(input), output, {
        options,
        backgroundPath: undefined,
      });
    },
    close: async () => await (await runner?.catch(() => undefined))?.close(0),
  };
}

export function addMcpCommand(program: Command): void {
  program
    .command('mcp')
    .description('give agents the cutting out as tools of the Model Context Protocol, over stdin and stdout')
    .option('--api-url <url>', 'have a server do it; without it, the setting REMUVR_API_URL, else this machine')
    .option('--key <key>', 'key of that server; the setting REMUVR_API_KEY is seen by fewer')
    .action(serveTools);
}
