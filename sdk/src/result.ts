/** A finished removal. */
import { writePicture } from './files.ts';

export type ForegroundBox = {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
};

export type RemovalFacts = {
  readonly jobId: string | undefined;
  readonly requestId: string | undefined;
  /** 0 to 1: how likely the result is to be right. */
  readonly confidence: number | undefined;
  /** Pixels. These four are undefined where the result came by the link of its job. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** All 0 where nothing was found. */
  readonly foreground: ForegroundBox | undefined;
  readonly creditsCharged: number | undefined;
};

export class RemovalResult implements RemovalFacts {
  readonly jobId: string | undefined;
  readonly requestId: string | undefined;
  readonly confidence: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly foreground: ForegroundBox | undefined;
  readonly creditsCharged: number | undefined;
  /** Such as `image/png`. */
  readonly type: string;
  readonly #blob: Blob;

  constructor(blob: Blob, facts: RemovalFacts) {
    this.#blob = blob;
    this.type = blob.type;
    this.jobId = facts.jobId;
    this.requestId = facts.requestId;
    this.confidence = facts.confidence;
    this.width = facts.width;
    this.height = facts.height;
    this.foreground = facts.foreground;
    this.creditsCharged = facts.creditsCharged;
  }

  blob(): Blob {
    return this.#blob;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#blob.arrayBuffer());
  }

  /** Writes the file; in Node, Deno and Bun. */
  async save(path: string): Promise<void> {
    await writePicture(path, await this.bytes());
  }
}

export function readResult(blob: Blob, headers: Headers): RemovalResult {
  const read = (name: string): number | undefined => {
    const value = headers.get(name);
    return value === null ? undefined : Number(value);
  };
  const [top, left, width, height] = ['top', 'left', 'width', 'height'].map((side) => read(`x-foreground-${side}`));
  const isComplete = top !== undefined && left !== undefined && width !== undefined && height !== undefined;
  return new RemovalResult(blob, {
    jobId: headers.get('x-job-id') ?? undefined,
    requestId: headers.get('x-request-id') ?? undefined,
    confidence: read('x-confidence'),
    width: read('x-width'),
    height: read('x-height'),
    foreground: isComplete ? { top, left, width, height } : undefined,
    creditsCharged: read('x-credits-charged'),
  });
}
