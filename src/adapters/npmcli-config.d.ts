/** The part of npm's configuration loader that is used here; the package ships no types. */
declare module '@npmcli/config' {
  class Config {
    constructor(options: {
      definitions: unknown;
      shorthands: unknown;
      flatten: unknown;
      nerfDarts?: readonly string[];
      npmPath: string;
      env: Record<string, string | undefined>;
      argv: readonly string[];
      cwd: string;
      warn: boolean;
    });
    load(): Promise<void>;
    readonly flat: Readonly<Record<string, unknown>>;
  }
  export = Config;
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const parts: { definitions: unknown; shorthands: unknown; flatten: unknown; nerfDarts: readonly string[] };
  export = parts;
}
