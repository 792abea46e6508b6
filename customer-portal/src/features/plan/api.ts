/** Plans with their prices, the subscription, and Stripe's pages. */
import { useCallback } from "react";
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { accountQuery, useMay } from "@/features/account/api";

export type Offer = Schema<"OfferAnswer">;
export type Price = Schema<"PriceAnswer">;
export type Subscription = Schema<"SubscriptionAnswer">;
export type SubscriptionStatus = Schema<"SubscriptionStatus">;
export type Invoice = Schema<"InvoiceAnswer">;
export type Preview = Schema<"ChangePreviewAnswer">;

const BILLING = "/external_api/v1/customers/billing";
const FRESH_MS = 60_000;

export const offersQuery = () =>
  queryOptions({
    queryKey: ["billing", "plans"],
    queryFn: ({ signal }) => answer(api.GET(`${BILLING}/plans`, { signal })),
  });

export const subscriptionQuery = () =>
  queryOptions({
    queryKey: ["billing", "subscription"],
    queryFn: ({ signal }) => answer(api.GET(`${BILLING}/subscription`, { signal })),
  });

export const invoicesQuery = (filters: { cursor?: string | undefined }) =>
  queryOptions({
    queryKey: ["billing", "invoices", filters],
    queryFn: ({ signal }) => answer(api.GET(`${BILLING}/invoices`, { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** Null for those who may not see it, and until the first answer. */
export function useSubscription(): Subscription | null {
  const maySee = useMay("billing:read");
  return useQuery({ ...subscriptionQuery(), enabled: maySee, staleTime: FRESH_MS }).data ?? null;
}

/** After anything that changes what the company has. */
export function useRefreshPlan() {
  const queries = useQueryClient();
  return useCallback(
    () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["billing"] }),
        queries.invalidateQueries({ queryKey: accountQuery().queryKey }),
      ]),
    [queries],
  );
}

export const openCheckout = ({ plan, once }: { plan: string; once: string }) =>
  answer(api.POST(`${BILLING}/checkout-session`, { body: { plan }, headers: idempotencyKey(once) }));

export const openPaymentPages = () => answer(api.POST(`${BILLING}/portal-session`));

export const startTrial = ({ plan, once }: { plan: string; once: string }) =>
  answer(api.POST(`${BILLING}/trial`, { body: { plan }, headers: idempotencyKey(once) }));

export const previewChange = (plan: string) =>
  answer(api.POST(`${BILLING}/subscription/preview`, { body: { plan } }));

export const changePlan = (body: { plan: string; counted_from: string }, once: string) =>
  answer(api.POST(`${BILLING}/subscription/change`, { body, headers: idempotencyKey(once) }));

export const cancelPlan = () => answer(api.POST(`${BILLING}/subscription/cancel`));

export const keepPlan = () => answer(api.POST(`${BILLING}/subscription/undo-cancel`));
