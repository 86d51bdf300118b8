/**
 * A multipart form as one Blob. FormData would be written with another boundary at each attempt, and the server, which
 * compares bodies under one Idempotency-Key, would take the retry for another request.
 */

/** A Blob is sent as a file. */
export type FieldValue = string | number | boolean | Blob;
export type Field = { readonly name: string; readonly value: FieldValue; readonly fileName?: string };

/** What a Blob is made of. */
export type Part = Blob | string | ArrayBuffer | Uint8Array<ArrayBuffer>;

export type EncodedForm = { readonly body: Blob; readonly type: string };

export function encodeForm(fields: readonly Field[], boundary: string): EncodedForm {
  const parts = fields.flatMap(({ name, value, fileName }): Part[] => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
    if (!(value instanceof Blob)) return [`${head}\r\n\r\n${value}\r\n`];
    const asFile = `; filename="${escapeName(fileName ?? (value as File).name ?? name)}"`;
    return [`${head}${asFile}\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`, value, '\r\n'];
  });
  return { body: new Blob([...parts, `--${boundary}--\r\n`]), type: `multipart/form-data; boundary=${boundary}` };
}

/** As browsers do (HTML, multipart/form-data encoding algorithm). */
const escapeName = (name: string): string =>
  name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
