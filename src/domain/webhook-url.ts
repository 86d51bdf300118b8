/** Whom a message may be sent to: https, at a host that anybody can reach, or whatever host the operator names. */
import { isPublicAddress } from './public-address.ts';
import { decideSourceHost, type SourceAddress, type SourceHosts } from './source-hosts.ts';

export const LONGEST_WEBHOOK_URL = 2048;

/** Names that lead to the own machine or network (RFC 6761, 6762, 8375, and the one that ICANN reserves). */
const OWN_NAMES = /^(localhost|[^.]+)$|\.(localhost|local|internal|home\.arpa)$/;
const LITERAL = /^\[.*\]$|^[\d.]+$/;

/** Undefined where it may; else why not, as a sentence. What a name leads to is looked at when it is sent to. */
export function refuseWebhookUrl(hosts: SourceHosts, address: SourceAddress | undefined): string | undefined {
  if (!address || !/^https?:$/.test(address.protocol)) return 'The webhook URL must be a whole https URL.';
  if (address.username !== '' || address.password !== '') return 'The webhook URL must not carry a user name.';
  const verdict = decideSourceHost(hosts, address);
  if (verdict === 'named') return undefined;
  if (address.protocol !== 'https:') return 'The webhook URL must be https; this one is http.';
  const host = address.hostname.toLowerCase().replace(/\.$/, '');
  const isOwn = LITERAL.test(host) ? !isPublicAddress(host.replace(/^\[|\]$/g, '')) : OWN_NAMES.test(host);
  if (isOwn) return 'The webhook URL must lead to a public host; this one is of a private network.';
  return verdict === 'public' ? undefined : 'The webhook URL names a host or a port that this server does not send to.';
}
