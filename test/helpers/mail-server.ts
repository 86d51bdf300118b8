/** A mail server that takes every mail and keeps it (RFC 5321, no more of it than a client needs). */
import { createServer } from 'node:net';

export type MailServer = {
  readonly url: string;
  /** Heads and texts, as they came. */
  readonly mails: string[];
  close(): Promise<void>;
};

export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    let rest = '';
    let mail: string[] | undefined;
    const answer = (line: string): unknown => socket.write(`${line}\r\n`);
    const take = (line: string): void => {
      if (mail && line !== '.') {
        mail.push(line);
      } else if (mail) {
        mails.push(mail.join('\n'));
        mail = undefined;
        answer('250 kept');
      } else if (/^data$/i.test(line)) {
        mail = [];
        answer('354 go on');
      } else {
        answer(/^quit$/i.test(line) ? '221 bye' : '250 yes');
      }
    };
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    answer('220 mail.example');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
