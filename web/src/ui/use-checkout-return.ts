/** The way back from the page of the payment, where the news of it may not have come yet. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useMe } from '../api/queries.ts';

/** Stripe tells within seconds, as a rule. */
const ASK_EVERY_MS = 1_500;
const PATIENCE_MS = 60_000;
/** A slow answer is waited for: each question would put an end to the one before, and none would be answered. */
const AS_IT_COMES = { cancelRefetch: false };

/** `waiting`: for the news; `late`: it should have come; `paid`: it has; `left`: nothing was paid. */
export type CheckoutReturn = 'waiting' | 'late' | 'paid' | 'left' | null;

export function useCheckoutReturn(): CheckoutReturn {
  const [search] = useSearchParams();
  const queries = useQueryClient();
  const state = useMe().data?.billing?.state;
  const [isLate, setLate] = useState(false);
  const checkout = search.get('checkout');
  const isWaiting = checkout === 'done' && state === 'none';
  useEffect(() => {
    if (!isWaiting) return;
    const ask = setInterval(() => void queries.invalidateQueries({ queryKey: ['me'] }, AS_IT_COMES), ASK_EVERY_MS);
    const patience = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => {
      clearInterval(ask);
      clearTimeout(patience);
      // The quota has risen with the plan.
      void queries.invalidateQueries({ queryKey: ['usage'] });
    };
  }, [isWaiting, queries]);
  if (checkout === 'done' && state === 'active') return 'paid';
  if (isWaiting) return isLate ? 'late' : 'waiting';
  return checkout === 'left' && state === 'none' ? 'left' : null;
}
