/**
 * A loaded model. One picture at a time; `run` may block the thread for its whole length, so a session lives in a
 * child process.
 */
export interface InferenceSession {
  /** Side of the square input, pixels. */
  readonly inputSize: number;
  /**
   * What `run` takes, of interleaved RGB bytes, inputSize × inputSize: those bytes themselves, or planes of floats,
   * normalised. It may lie in memory that the next call writes to.
   */
  prepare(rgb: Uint8Array): ModelInput;
  /** Returns alpha, float32, inputSize × inputSize, 0..1 (the sigmoid is applied here where the model lacks it). */
  run(input: ModelInput): Promise<Float32Array>;
  close(): Promise<void>;
}

export type ModelInput = Uint8Array | Float32Array;
