/** `remuvr import-removebg`: in each language the address becomes a setting, and nothing is written unasked. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REMUVR } from '../helpers/server.ts';

const run = promisify(execFile);
const URL_OF_THEM = 'https://api.remove.bg';

/** Before and after. */
const CODE: Readonly<Record<string, readonly [string, string]>> = {
  'node.js': [
    `const call = { url: '${URL_OF_THEM}/v1.0/removebg' };\nconst other = \`${URL_OF_THEM}/v1.0/account?n=\${1}\`;\nconst base = "${URL_OF_THEM}";\n`,
    `const call = { url: \`\${process.env.REMUVR_URL}/v1.0/removebg\` };\nconst other = \`\${process.env.REMUVR_URL}/v1.0/account?n=\${1}\`;\nconst base = process.env.REMUVR_URL;\n`,
  ],
  'app.py': [
    `"""Cuts out."""\nfrom __future__ import annotations\nimport sys\nurl = '${URL_OF_THEM}/v1.0/removebg'\nother = f"${URL_OF_THEM}/v1.0/{sys.argv[0]}"\n`,
    `"""Cuts out."""\nfrom __future__ import annotations\nimport os\nimport sys\nurl = os.environ['REMUVR_URL'] + '/v1.0/removebg'\nother = os.environ['REMUVR_URL'] + f"/v1.0/{sys.argv[0]}"\n`,
  ],
  'app.rb': [`uri = URI("${URL_OF_THEM}/v1.0/removebg")\n`, `uri = URI(ENV.fetch('REMUVR_URL') + "/v1.0/removebg")\n`],
  'app.php': [
    `<?php\n$http->post('${URL_OF_THEM}/v1.0/removebg', []);\n`,
    `<?php\n$http->post(getenv('REMUVR_URL') . '/v1.0/removebg', []);\n`,
  ],
  'main.go': [
    `package main\n\nimport (\n\t"net/http"\n)\n\nconst (\n\ta = 1\n)\n\nfunc main() {\n\thttp.Get("${URL_OF_THEM}/v1.0/account")\n}\n`,
    `package main\n\nimport "os"\nimport (\n\t"net/http"\n)\n\nconst (\n\ta = 1\n)\n\nfunc main() {\n\thttp.Get(os.Getenv("REMUVR_URL") + "/v1.0/account")\n}\n`,
  ],
  'App.java': [
    `class App { Object o = new HttpPost("${URL_OF_THEM}/v1.0/removebg"); }\n`,
    'class App { Object o = new HttpPost(System.getenv("REMUVR_URL") + "/v1.0/removebg"); }\n',
  ],
  'App.cs': [
    `client.PostAsync("${URL_OF_THEM}/v1.0/removebg", form);\r\n`,
    'client.PostAsync(System.Environment.GetEnvironmentVariable("REMUVR_URL") + "/v1.0/removebg", form);\r\n',
  ],
  'deep/cut.sh': [
    `curl -F 'image_file=@a' ${URL_OF_THEM}/one\ncurl "${URL_OF_THEM}/two" -H 'a: b'\ncurl '${URL_OF_THEM}/three'\n`,
    `curl -F 'image_file=@a' $REMUVR_URL/one\ncurl "$REMUVR_URL/two" -H 'a: b'\ncurl ''"$REMUVR_URL"'/three'\n`,
  ],
  'call.http': [`POST ${URL_OF_THEM}/v1.0/removebg HTTP/1.1\n`, 'POST {{REMUVR_URL}}/v1.0/removebg HTTP/1.1\n'],
  'config.yml': [`url: ${URL_OF_THEM}/v1.0\n`, 'url: https://cut.example.com/v1.0\n'],
  // Without a newline at its end.
  '.env': ['REMOVE_BG_API_KEY=abc\nOTHER=1', 'REMOVE_BG_API_KEY=abc\nREMUVR_URL=https://cut.example.com\nOTHER=1'],
};

/** They are told of, or are none of it. */
const LEFT: Readonly<Record<string, string>> = {
  'client.ts': "import { removeBackgroundFromImageFile } from 'remove.bg';\n",
  'requirements.txt': 'requests==2.32.0\nremovebg==0.4\n',
  Gemfile: "gem 'remove_bg'\n",
  'composer.json': '{ "require": { "mtownsend/remove-bg": "^2.0" } }\n',
  'raw.py': "connection = HTTPSConnection('api.remove.bg')\n",
  'consts.go': `package a\n\nconst one = "${URL_OF_THEM}/v1.0/removebg"\n\nconst (\n\ttwo = "${URL_OF_THEM}"\n)\n`,
  'Const.cs': `const string U = "${URL_OF_THEM}";\nvar v = $"${URL_OF_THEM}/{path}";\nvoid F(string u = "${URL_OF_THEM}") {}\n`,
  'Const.kt': `const val U = "${URL_OF_THEM}"\n@Value("${URL_OF_THEM}")\n`,
  'const.php': `<?php\nconst U = '${URL_OF_THEM}';\nclass A { private string $u = '${URL_OF_THEM}'; }\n`,
  'form.tsx': `<form action="${URL_OF_THEM}/v1.0/removebg">\n`,
  'other.js': `const a = 'https://api.remove.bg.example.com/'; // https://www.remove.bg\n`,
  'node_modules/remove.bg/index.js': `const u = '${URL_OF_THEM}/v1.0/removebg';\n`,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-import-'));
  const before = Object.fromEntries(Object.entries(CODE).map(([file, [text]]) => [file, text]));
  for (const [file, text] of Object.entries({ ...before, ...LEFT })) {
    const target = path.join(folder, 'code', file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const importRemoveBg = (...args: string[]) =>
  run(REMUVR, ['import-removebg', 'code', '--url', 'https://cut.example.com/', ...args], { cwd: folder });

async function readTree(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = files.map(async (file) => [path.relative(root, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

const AFTER = { ...LEFT, ...Object.fromEntries(Object.entries(CODE).map(([file, [, text]]) => [file, text])) };

test('prints a diff that git applies, and that is all it does', async () => {
  const code = path.join(folder, 'code');
  await cp(code, path.join(folder, 'copy'), { recursive: true });
  const { stdout } = await importRemoveBg();
  expect(await readTree(code)).toEqual(await readTree(path.join(folder, 'copy')));
  await writeFile(path.join(folder, 'a.patch'), stdout);
  await run('git', ['init', '-q'], { cwd: code });
  await run('git', ['apply', path.join(folder, 'a.patch')], { cwd: code });
  await rm(path.join(code, '.git'), { recursive: true });
  expect(await readTree(code)).toEqual(AFTER);
});

test('--write changes the files, in each language as it is written there, and a second run finds nothing more', async () => {
  const { stdout, stderr } = await importRemoveBg('--write');
  expect(stdout.trim().split('\n').sort()).toEqual(Object.keys(CODE).sort());
  expect(stderr).toContain('11 files changed, 15 to do by hand.');
  expect(await readTree(path.join(folder, 'code'))).toEqual(AFTER);
  const again = await importRemoveBg('--write');
  expect(again).toMatchObject({ stdout: '', stderr: expect.stringContaining('0 files changed, 15 to do by hand.') });
});

test('tells by file and line what a person has to do', async () => {
  const { stderr } = await importRemoveBg();
  const told = stderr.split('\n').map((line) => line.split(' ').slice(0, 4).join(' '));
  expect(told.slice(0, 15).sort()).toEqual([
    'Const.cs:1: this address cannot',
    'Const.cs:2: this address cannot',
    'Const.cs:3: this address cannot',
    'Const.kt:1: this address cannot',
    'Const.kt:2: this address cannot',
    'Gemfile:1: the Ruby gem',
    'client.ts:1: the npm package',
    'composer.json:1: a PHP package',
    'const.php:2: this address cannot',
    'const.php:3: this address cannot',
    'consts.go:3: this address cannot',
    'consts.go:6: this address cannot',
    'form.tsx:1: this address cannot',
    'raw.py:1: this address cannot',
    'requirements.txt:2: a Python package',
  ]);
});

test('what it writes is good code: Node, Python and the shell read the address from the setting', async () => {
  await importRemoveBg('--write', '--setting', 'CUT_URL');
  const code = path.join(folder, 'code');
  const env = { PATH: process.env.PATH, CUT_URL: 'https://x.example' };
  const node = `${await readFile(path.join(code, 'node.js'), 'utf8')};console.log(call.url, other, base)`;
  expect((await run(process.execPath, ['-e', node], { env })).stdout.trim()).toBe(
    'https://x.example/v1.0/removebg https://x.example/v1.0/account?n=1 https://x.example',
  );
  const python = `${await readFile(path.join(code, 'app.py'), 'utf8')}print(url, other)`;
  expect((await run('python3', ['-c', python], { env })).stdout.trim()).toBe(
    'https://x.example/v1.0/removebg https://x.example/v1.0/-c',
  );
  const shell = `curl() { echo "$@"; }\n${await readFile(path.join(code, 'deep/cut.sh'), 'utf8')}`;
  expect((await run('sh', ['-c', shell], { env })).stdout).toBe(
    '-F image_file=@a https://x.example/one\nhttps://x.example/two -H a: b\nhttps://x.example/three\n',
  );
});

test('a file that is not UTF-8 keeps its bytes, by the diff and by --write', async () => {
  const file = path.join(folder, 'code', 'ä.php');
  const before = Buffer.from(`<?php // caf\xe9\n$http->post('${URL_OF_THEM}/v1.0/removebg');\n`, 'latin1');
  const after = Buffer.from("<?php // caf\xe9\n$http->post(getenv('REMUVR_URL') . '/v1.0/removebg');\n", 'latin1');
  await writeFile(file, before);
  const patch = await run(REMUVR, ['import-removebg', 'code'], { cwd: folder, encoding: 'buffer' });
  await writeFile(path.join(folder, 'a.patch'), patch.stdout);
  await run('git', ['init', '-q'], { cwd: path.join(folder, 'code') });
  await run('git', ['apply', '../a.patch'], { cwd: path.join(folder, 'code') });
  expect(await readFile(file)).toEqual(after);
  await writeFile(file, before);
  await importRemoveBg('--write');
  expect(await readFile(file)).toEqual(after);
});

test('a folder without any of it, and one that is not there', async () => {
  await mkdir(path.join(folder, 'empty'));
  const { stdout, stderr } = await run(REMUVR, ['import-removebg', path.join(folder, 'empty')]);
  expect([stdout, stderr]).toEqual(['', 'There is no use of remove.bg here.\n']);
  await expect(run(REMUVR, ['import-removebg', path.join(folder, 'absent')])).rejects.toMatchObject({ code: 2 });
});
