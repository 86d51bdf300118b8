/** Whatever holds a picture, as fields of the form. */
import { RemuvrError } from './errors.ts';
import { readPicture } from './files.ts';
import type { FieldValue, Part } from './form.ts';

/**
 * A `URL`, or text that begins with http:// or https://, is fetched by the server. Other text is a path, or a `data:` or
 * `blob:` URL. A stream is read to its end first, so that a retry can send it again.
 */
export type PictureInput =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | URL
  | string;

export type PictureField = { readonly name: string; readonly value: FieldValue; readonly fileName?: string };

export async function describePicture(input: PictureInput): Promise<PictureField> {
  if (typeof input === 'string' || input instanceof URL) return await describeAddress(input);
  if (input instanceof Blob) return file(input, (input as File).name);
  if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) return file(new Blob([input as Part]));
  if (input instanceof ReadableStream) return file(await new Response(input).blob());
  if (typeof input?.[Symbol.asyncIterator] !== 'function') {
    throw new RemuvrError('invalid_input', 'A picture is a Blob, bytes, a stream, a path or a URL.');
  }
  const chunks: Part[] = [];
  for await (const chunk of input) chunks.push(chunk as Part);
  return file(new Blob(chunks));
}

const file = (value: Blob, fileName = 'image'): PictureField => ({ name: 'file', value, fileName });

async function describeAddress(address: string | URL): Promise<PictureField> {
  const text = String(address);
  if (/^https?:\/\//i.test(text)) return { name: 'image_url', value: text };
  if (/^(data|blob):/i.test(text)) return file(await (await fetch(text)).blob());
  const { blob, name } = await readPicture(/^file:/i.test(text) ? new URL(text) : text);
  return file(blob, name);
}
