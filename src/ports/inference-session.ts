/**
 * A loaded model. One picture at a time; `run` may block the thread for its whole length, so a session lives in a
 * child process.
 */
export interface InferenceSession {
  /** Side of the square input, pixels. */
  readonly inputSize: number;
  /**
   * `input`: float32, [1, 3, inputSize, inputSize], RGB planes, already normalised.
   * Returns alpha, float32, inputSize × inputSize, 0..1 (the sigmoid is applied here where the model lacks it).
   */
  run(input: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}
