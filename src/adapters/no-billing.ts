/** Nobody collects money: plans change at once, and nothing else is asked. */
import type { Billing } from '../ports/billing.ts';

export function createNoBilling(): Billing {
  const refuse = (): Promise<never> => Promise.reject(new Error('a server that takes no payments was asked for one'));
  return {
    takesPayments: false,
    graceDays: 0,
    nameAccount: refuse,
    createCustomer: refuse,
    deleteCustomer: refuse,
    startCheckout: refuse,
    openPortal: refuse,
    listSubscriptions: refuse,
    changeSubscription: refuse,
    readEvent: refuse,
  };
}
