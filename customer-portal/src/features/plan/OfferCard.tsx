import { Button, Text, Title } from "@mantine/core";
import { ErrorState, formatNumber, showDone, StatusBadge } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useMay } from "@/features/account/api";
import { scopeSentences } from "@/features/keys/messages";
import { openCheckout, startTrial, useRefreshPlan, type Offer } from "./api";
import { leaveTo } from "./leave";
import { planMessages as text } from "./messages";
import { priceInWords } from "./money";
import styles from "./plan.module.css";

interface OfferCardProps {
  offer: Offer;
  isCurrent: boolean;
  /** The present plan does not end by itself: it need not be paid for. */
  isKept: boolean;
  /** What somebody had chosen before they left the payment page. */
  isChosen: boolean;
  canTry: boolean;
  /** How one comes to another plan: none where the publisher gives them. */
  way: "none" | "buy" | "change";
  onChange: () => void;
}

export function OfferCard({ offer, isCurrent, isKept, isChosen, canTry, way, onChange }: OfferCardProps) {
  const title = useId();
  const mayPay = useMay("billing:write");
  return (
    <section className={styles.offer} data-chosen={isChosen || undefined} aria-labelledby={title}>
      <div className={styles.head}>
        <Title order={3} id={title}>
          {offer.name}
        </Title>
        {isCurrent && <StatusBadge tone="success">{text.current}</StatusBadge>}
      </div>
      <span className={styles.price}>{offer.price ? priceInWords(offer.price) : text.free}</span>
      {offer.description && <Text c="dimmed">{offer.description}</Text>}
      <dl className={styles.facts}>
        <dt>{text.rate}</dt>
        <dd className="or-number">{formatNumber(offer.rate_limit_per_minute)}</dd>
        <dt>{text.quota}</dt>
        <dd className="or-number">{text.number(offer.monthly_quota)}</dd>
        <dt>{text.keys}</dt>
        <dd className="or-number">{formatNumber(offer.max_keys)}</dd>
        <dt>{text.people}</dt>
        <dd className="or-number">{formatNumber(offer.max_members)}</dd>
      </dl>
      <div>
        <Text size="sm" c="dimmed">
          {text.reads}
        </Text>
        <ul className={styles.reads}>
          {offer.scopes.map((scope) => (
            <li key={scope}>{scopeSentences[scope] ?? scope}</li>
          ))}
        </ul>
      </div>
      {mayPay && offer.is_for_sale && way === "buy" && !(isCurrent && isKept) && (
        <Buying offer={offer} canTry={canTry} />
      )}
      {mayPay && offer.is_for_sale && way === "change" && !isCurrent && (
        <div className={styles.actions}>
          <Button variant="default" onClick={onChange}>
            {text.change}
          </Button>
        </div>
      )}
    </section>
  );
}

function Buying({ offer, canTry }: { offer: Offer; canTry: boolean }) {
  const refresh = useRefreshPlan();
  const [once, setOnce] = useState(() => crypto.randomUUID());
  const anew = () => setOnce(crypto.randomUUID());
  const buy = useMutation({
    mutationFn: openCheckout,
    onSuccess: (page) => leaveTo(page.url),
    onSettled: anew,
  });
  const attempt = useMutation({
    mutationFn: startTrial,
    onSuccess: () => {
      showDone(text.trialStarted(offer.name));
      return refresh();
    },
    onSettled: anew,
  });
  const error = buy.error ?? attempt.error;
  return (
    <div className={styles.actions}>
      {error && <ErrorState error={error} />}
      <Button
        loading={buy.isPending || buy.isSuccess}
        disabled={attempt.isPending}
        aria-label={`${text.choose}: ${offer.name}`}
        onClick={() => buy.mutate({ plan: offer.key, once })}
      >
        {text.choose}
      </Button>
      {canTry && (
        <Button
          variant="default"
          loading={attempt.isPending}
          disabled={buy.isPending}
          onClick={() => attempt.mutate({ plan: offer.key, once })}
        >
          {text.tryIt(offer.trial_days)}
        </Button>
      )}
    </div>
  );
}
