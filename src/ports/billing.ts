import type { Subscription, SubscriptionStep } from '../domain/billing.ts';
import type { PlanName, Price } from '../domain/plan.ts';

/** A plan as it is sold. `priceId`: the operator's own price at whoever collects the money, in place of `price`. */
export type SoldPlan = {
  readonly name: PlanName;
  readonly title: string;
  readonly price: Price;
  readonly priceId: string | null;
};

export type NewCustomer = {
  readonly accountId: string;
  readonly email: string;
  /** Asked twice with the same one, there is one customer. */
  readonly attempt: string;
};

/** `customerId`: whom it is about, where it is about a payment or a subscription. */
export type BillingEvent = { readonly id: string; readonly customerId: string | undefined };

/** What whoever collects the money knows of a subscription; `plan` undefined: nothing that this server sells. */
export type KnownSubscription = Omit<Subscription, 'plan'> & { readonly plan: PlanName | undefined };

/**
 * `away`: the same call may work later. `unknown_customer`: there is none, or no longer. `refused`: a setting of the
 * operator is wrong, or the vendor and this program disagree.
 */
export type BillingFailureKind = 'away' | 'unknown_customer' | 'refused';

/** The message is for the log: it may carry the vendor's words, never a secret. */
export class BillingFailure extends Error {
  readonly kind: BillingFailureKind;

  constructor(kind: BillingFailureKind, message: string) {
    super(message);
    this.name = 'BillingFailure';
    this.kind = kind;
  }
}

/**
 * Whoever collects the money. Where `takesPayments` is false nobody does: plans change at once, and the other verbs must
 * not be used. All but `readEvent` are calls over the network, and reject with a `BillingFailure`; no transaction may
 * wait for one.
 */
export interface Billing {
  readonly takesPayments: boolean;
  /** Days for which a plan stays where a payment failed. */
  readonly graceDays: number;
  /** Whose account the money goes to, in words for the operator. */
  nameAccount(): Promise<string>;
  createCustomer(customer: NewCustomer): Promise<string>;
  /** Ends the subscriptions of the customer at once, and forgets how they paid. To be repeated without harm. */
  deleteCustomer(customerId: string): Promise<void>;
  /**
   * A page where the customer pays for the first time, and then comes back to `doneUrl`, or to `leftUrl` without having
   * paid. An earlier page of the customer is closed, so that nobody pays in two.
   */
  startCheckout(checkout: {
    readonly customerId: string;
    readonly accountId: string;
    readonly plan: SoldPlan;
    readonly doneUrl: string;
    readonly leftUrl: string;
  }): Promise<string>;
  /** A page with invoices and means of payment, which leads back to `returnUrl`. */
  openPortal(customerId: string, returnUrl: string): Promise<string>;
  /** As they are now. Those that never began or have ended are not among them. */
  listSubscriptions(customerId: string): Promise<KnownSubscription[]>;
  /**
   * `sold`: how the plan is sold that the step leads to, where it leads to one. Returns the address of a page where the payment has to be confirmed first;
   * until then nothing has changed. Undefined where the step is done.
   */
  changeSubscription(
    subscriptionId: string,
    step: SubscriptionStep,
    sold: SoldPlan | undefined,
  ): Promise<string | undefined>;
  /** Undefined where the signature is not of whoever collects the money, or is older than a few minutes. */
  readEvent(body: Buffer, signature: string): Promise<BillingEvent | undefined>;
}
