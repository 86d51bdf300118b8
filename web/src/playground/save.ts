/** Into the reader's downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken what it needs by the next minute.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
