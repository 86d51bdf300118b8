/** What a session needs to know of a model that a test has made: fed with p / 255, and alpha comes out. */
export const modelOf = (path: string, inputSize: number) =>
  ({
    path,
    inputSize,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    inputName: undefined,
    outputName: undefined,
    output: 'alpha',
  }) as const;
