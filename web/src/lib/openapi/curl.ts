/** An operation as a call to be pasted into a terminal. */
import type { Entry } from './operations.ts';
import type { Operation, Parameter } from './types.ts';

export type Caller = { readonly host: string; readonly key: string };

export function curlOf({ method, path, operation }: Entry, { host, key }: Caller): string {
  const { parameters = [] } = operation;
  const name = fileNameOf(operation, parameters);
  const parts = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"${host}${fillPath(path, parameters)}"`,
    ...((operation.security ?? []).length > 0 ? [`-H "Authorization: Bearer ${key}"`] : []),
    ...bodyOf(operation),
    ...(name === undefined ? [] : [`-o ${name}`]),
  ];
  return parts.join(' \\\n  ');
}

/** Braces would be a pattern for curl. */
function fillPath(path: string, parameters: readonly Parameter[]): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const { example } = parameters.find((one) => one.in === 'path' && one.name === name) ?? {};
    return example === undefined ? name.toUpperCase() : encodeURIComponent(String(example));
  });
}

function bodyOf({ requestBody }: Operation): string[] {
  const form = requestBody?.content['multipart/form-data']?.schema;
  if (form) return ['-F "file=@image.jpg"'];
  return requestBody?.content['application/json'] ? ['-H "Content-Type: application/json"', "-d '{}'"] : [];
}

/** Bytes go to a file: under the name that was asked for, else under one of our own. */
function fileNameOf({ responses }: Operation, parameters: readonly Parameter[]): string | undefined {
  const types = Object.keys(responses['200']?.content ?? {});
  if (!types.some((type) => type.startsWith('image/'))) return undefined;
  const inPath = parameters.find((one) => one.in === 'path')?.example;
  return inPath === undefined ? 'result.png' : String(inPath);
}
