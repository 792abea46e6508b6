/** Plans side by side: choose and pay, change, try; and the way back from the payment page. */
import { Skeleton, Stack, Text } from "@mantine/core";
import { Callout, EmptyState, ErrorState, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { offersQuery, subscriptionQuery, type Offer } from "./api";
import { ChangeDialog } from "./ChangeDialog";
import { CheckoutReturn } from "./CheckoutReturn";
import { planMessages as text } from "./messages";
import { OfferCard } from "./OfferCard";
import styles from "./plan.module.css";
import { isRunning } from "./subscription";

const route = getRouteApi("/_app/plan");

export function PlanPage() {
  const { checkout, plan: chosen } = route.useSearch();
  const offers = useQuery(offersQuery());
  const subscription = useQuery(subscriptionQuery());
  const [changeTo, setChangeTo] = useState<Offer | null>(null);
  const failed = [offers, subscription].find((query) => query.isError);
  if (failed)
    return (
      <>
        <PageHeader title={text.title} />
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      </>
    );
  // Who has just paid is not offered to pay again while the payment is on its way to us.
  const isWaiting = checkout === "done" && subscription.data?.has_access === false;
  const isByHand = offers.data?.mode === "by_hand";
  return (
    <Stack gap="lg">
      <PageHeader title={text.title} description={text.description} />
      {checkout === "done" && <CheckoutReturn />}
      {checkout === "cancelled" && (
        <Callout tone="neutral" role="status" title={text.cancelled} fix={text.cancelledFix} />
      )}
      {isByHand && <Callout tone="neutral" title={text.byHand} fix={text.byHandFix} />}
      {(offers.isPending || subscription.isPending) && <Skeleton height={320} />}
      {offers.data?.items.length === 0 && <EmptyState title={text.none}>{text.noneText}</EmptyState>}
      {offers.data && subscription.data && (
        <div className={styles.offers}>
          {cheapestFirst(offers.data.items).map((offer) => (
            <OfferCard
              key={offer.key}
              offer={offer}
              isCurrent={isCurrent(offer, subscription.data.plan?.key, subscription.data.has_access)}
              isChosen={checkout === "cancelled" && offer.key === chosen}
              isKept={subscription.data.has_access && !subscription.data.access_until}
              canTry={offers.data.may_try && offer.trial_days > 0}
              way={isByHand || isWaiting ? "none" : isRunning(subscription.data) ? "change" : "buy"}
              onChange={() => setChangeTo(offer)}
            />
          ))}
        </div>
      )}
      {!isByHand && (
        <Text size="sm" c="dimmed">
          {text.tax}
        </Text>
      )}
      <ChangeDialog offer={changeTo} onClose={() => setChangeTo(null)} />
    </Stack>
  );
}

function cheapestFirst(offers: readonly Offer[]): Offer[] {
  return [...offers].sort((one, other) => (one.price?.amount ?? 0) - (other.price?.amount ?? 0));
}

function isCurrent(offer: Offer, plan: string | undefined, hasAccess: boolean): boolean {
  return offer.is_current || (hasAccess && offer.key === plan);
}
