/** From whom pictures may be fetched: every public host, or those that the operator names, which may be private. */

export type SourceHosts = {
  readonly hasPublic: boolean;
  /** `host` or `host:port`, lower case; an IPv6 address in brackets. */
  readonly named: readonly string[];
  /** Of public hosts. */
  readonly ports: readonly string[];
};

/** Where pages are served; others belong to mail, databases and the like, and are nobody's pictures. */
const PAGE_PORTS = ['80', '443', '8080', '8443'];

/** Undefined where it is no list of hosts. `*` stands for every public host, `none` for nobody. */
export function parseSourceHosts(text: string): SourceHosts | undefined {
  const entries = text
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim());
  if (entries.length === 1 && entries[0] === 'none') return { hasPublic: false, named: [], ports: PAGE_PORTS };
  const named = entries.filter((entry) => entry !== '*');
  if (!named.every((entry) => HOST.test(entry))) return undefined;
  return { hasPublic: named.length < entries.length, named, ports: PAGE_PORTS };
}

const HOST = /^([a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

/** The members of a parsed URL that decide. */
export type SourceAddress = {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
};

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** `named`: the operator's word stands for the host, wherever it lies. `public`: its addresses must be. */
export function decideSourceHost(hosts: SourceHosts, address: SourceAddress): 'named' | 'public' | 'refused' {
  const { protocol, username, password, hostname } = address;
  const defaultPort = DEFAULT_PORTS[protocol];
  if (defaultPort === undefined || username !== '' || password !== '' || hostname === '') return 'refused';
  const port = address.port || defaultPort;
  // A name may end with the dot of the root, and means the same without.
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (hosts.named.includes(host) || hosts.named.includes(`${host}:${port}`)) return 'named';
  return hosts.hasPublic && hosts.ports.includes(port) ? 'public' : 'refused';
}
