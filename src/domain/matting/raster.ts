/** The two shapes in which pixels travel through the pipeline. */

/** One float per pixel, row by row. */
export type Plane = {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
};

/** `rgb`: 3 bytes per pixel, sRGB, row by row. `alpha`: the source's own, 0..255, absent when it is opaque. */
export type ImageRaster = {
  readonly rgb: Uint8Array;
  readonly alpha?: Uint8Array;
  readonly width: number;
  readonly height: number;
};
