/** What a browser keeps that has signed in as an address: it tells its owner from strangers, and signs nobody in. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export function createDevices(secret: string) {
  const sign = (id: string, address: string): string =>
    createHmac('sha256', secret).update(`device ${id} ${address.trim().toLowerCase()}`).digest('base64url');
  return {
    signDevice(address: string): string {
      const id = randomBytes(16).toString('base64url');
      return `${id}.${sign(id, address)}`;
    },
    findDevice(address: string, token: string): string | undefined {
      const [id = '', given = ''] = token.split('.');
      const [right, seen] = [Buffer.from(sign(id, address)), Buffer.from(given)];
      return right.length === seen.length && timingSafeEqual(right, seen) ? id : undefined;
    },
  };
}
