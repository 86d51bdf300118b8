/**
 * Which addresses of the internet a server may fetch from on behalf of a stranger: those that anybody can reach, and
 * nothing that only this machine or its network can. What is not understood is not public.
 */

/** What the IANA registries of special-purpose addresses list (RFC 6890 and its updates), with multicast and 240/4. */
const CLOSED_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local; 169.254.169.254 is where clouds keep a machine's credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Public by its number, but answered by the machine's own host in one large cloud.
  ['168.63.129.16', 32],
] as const;

/** Only 2000::/3 is given out; these lie within it. */
const CLOSED_IPV6 = [
  // Teredo, ORCHID and the other protocol assignments.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4: an IPv4 address in disguise, by a way that was given up (RFC 7526).
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const;

/** The IPv4 address follows in the last 32 bits: mapped (RFC 4291) and NAT64 (RFC 6052). */
const CARRIERS = [
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
] as const;

/** As a resolver or a parsed URL writes it: four decimal numbers, or groups of hexadecimal ones, without brackets. */
export function isPublicAddress(address: string): boolean {
  const v4 = parseIpv4(address);
  if (v4) return isPublicIpv4(v4);
  const v6 = parseIpv6(address);
  if (!v6) return false;
  if (CARRIERS.some((range) => isWithin(v6, range))) return isPublicIpv4(v6.slice(12));
  return isWithin(v6, ['2000::', 3]) && !CLOSED_IPV6.some((range) => isWithin(v6, range));
}

const isPublicIpv4 = (bytes: readonly number[]): boolean => !CLOSED_IPV4.some((range) => isWithin(bytes, range));

function isWithin(bytes: readonly number[], [start, bits]: readonly [string, number]): boolean {
  const network = parseIpv4(start) ?? parseIpv6(start) ?? [];
  if (network.length !== bytes.length) return false;
  return network.every((byte, i) => {
    const ofThis = Math.min(8, Math.max(0, bits - i * 8));
    const mask = 0xff & (0xff << (8 - ofThis));
    return ((bytes[i] ?? 0) & mask) === (byte & mask);
  });
}

/** Exactly four decimal numbers; a leading zero would be octal to some readers, and so is no address. */
function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** A zone, as in fe80::1%eth0, is refused with the rest. */
function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (!tail) return head.length === 16 ? head : undefined;
  const gap = 16 - head.length - tail.length;
  return gap >= 2 ? [...head, ...new Array<number>(gap).fill(0), ...tail] : undefined;
}

/** The last group may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    const v4 = i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (!v4 && !/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(...(v4 ?? [value >> 8, value & 0xff]));
  }
  return bytes.length <= 16 ? bytes : undefined;
}
