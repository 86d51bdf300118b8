/** The published samples, with the reader's own host, key and options in them. */

export type SampleOptions = {
  readonly host: string;
  readonly key: string;
  readonly format: string;
  readonly output: string;
  readonly quality: string;
};

export type Sample = { readonly name: string; readonly title: string; readonly code: string };

/** A publishable key works in pages alone: in what runs elsewhere it would be refused. */
export const keyOfPrograms = (key: string): string => (key.startsWith('rmv_pub_') ? 'YOUR_API_KEY' : key);

const DEFAULTS: Readonly<Record<string, string>> = { format: 'png', output: 'cutout', quality: 'auto' };

/** Only what differs from what the server takes by itself. */
function chosen({ format, output, quality }: SampleOptions): [string, string][] {
  return Object.entries({ format, output, quality }).filter(([name, value]) => value !== DEFAULTS[name]);
}

export function sampleCalls(options: SampleOptions): Sample[] {
  const ofProgram = { ...options, key: keyOfPrograms(options.key) };
  return [
    { name: 'curl', title: 'curl', code: curl(ofProgram) },
    { name: 'javascript', title: 'JavaScript', code: javascript(options) },
    { name: 'python', title: 'Python', code: python(ofProgram) },
    { name: 'removebg', title: 'remove.bg', code: removeBg(ofProgram) },
  ];
}

const curlFields = (fields: readonly [string, string][]): string =>
  fields.map(([name, value]) => ` -F "${name}=${value}"`).join('');

function curl(options: SampleOptions): string {
  const fields = curlFields(chosen(options));
  return `curl -X POST -H "Authorization: Bearer ${options.key}" -F "file=@image.jpg"${fields} ${options.host}/remove -o result.${options.format}`;
}

function javascript(options: SampleOptions): string {
  const fields = chosen(options).map(([name, value]) => `formData.append('${name}', '${value}');\n`);
  return `const formData = new FormData();
formData.append('file', fileInput.files[0]);
${fields.join('')}
const response = await fetch('${options.host}/remove', {
  method: 'POST',
  headers: { Authorization: 'Bearer ${options.key}' },
  body: formData,
});
if (!response.ok) throw new Error(await response.text());
const cutout = await response.blob();`;
}

function python(options: SampleOptions): string {
  const fields = chosen(options).map(([name, value]) => `'${name}': '${value}'`);
  const data = fields.length > 0 ? `\n        data={${fields.join(', ')}},` : '';
  return `import requests

with open('image.jpg', 'rb') as image:
    response = requests.post(
        '${options.host}/remove',
        headers={'Authorization': 'Bearer ${options.key}'},
        files={'file': image},${data}
    )

if response.status_code == 200:
    with open('result.${options.format}', 'wb') as result:
        result.write(response.content)
else:
    raise Exception(response.text)`;
}

/** For a program that was written for remove.bg: its header and its field, which this server takes too. */
function removeBg(options: SampleOptions): string {
  const fields = curlFields(chosen(options).filter(([name]) => name !== 'format'));
  return `curl -H "X-Api-Key: ${options.key}" -F "image_file=@image.jpg" -F "format=${options.format}"${fields} ${options.host}/remove -o result.${options.format}`;
}
