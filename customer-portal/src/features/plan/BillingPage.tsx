/** The subscription and its invoices. */
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import {
  Callout,
  ConfirmDialog,
  ErrorState,
  Fact,
  Facts,
  formatDateTime,
  LinkButton,
  Moment,
  PageHeader,
  showDone,
  showProblem,
  StatusBadge,
} from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import {
  cancelPlan,
  keepPlan,
  openPaymentPages,
  subscriptionQuery,
  useRefreshPlan,
  type Subscription,
} from "./api";
import { InvoiceList } from "./InvoiceList";
import { leaveTo } from "./leave";
import { planMessages } from "./messages";
import { isRunning, STATUS_TONES } from "./subscription";

const text = planMessages.billing;

export function BillingPage() {
  const query = useQuery(subscriptionQuery());
  const mayPay = useMay("billing:write");
  if (query.isError)
    return (
      <>
        <PageHeader title={text.title} />
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  return (
    <Stack gap="lg">
      <PageHeader title={text.title} description={text.description} />
      {query.isPending && <Skeleton height={120} />}
      {query.data && <State subscription={query.data} />}
      {query.data && mayPay && <Actions subscription={query.data} />}
      {query.data?.mode === "by_hand" ? (
        <Callout tone="neutral" title={planMessages.byHand} fix={planMessages.byHandFix} />
      ) : (
        <InvoiceList />
      )}
    </Stack>
  );
}

function State({ subscription }: { subscription: Subscription }) {
  const { status } = subscription;
  return (
    <Stack gap="md">
      {subscription.stripe_unheard_since && (
        <Callout tone="warning" title={text.unheard(subscription.stripe_unheard_since)} />
      )}
      {subscription.is_payment_failing && (
        <Callout
          tone="failed"
          title={text.failing}
          fix={text.failingFix(subscription.access_until ?? null)}
          actions={
            subscription.open_invoice_url && (
              <Button component="a" href={subscription.open_invoice_url}>
                {text.pay}
              </Button>
            )
          }
        />
      )}
      {isRunning(subscription) && subscription.ends_at && (
        <Callout tone="warning" title={text.cancelled(subscription.ends_at)} />
      )}
      <Facts>
        <Fact name={text.plan}>{subscription.plan?.name ?? text.noPlan}</Fact>
        {status && (
          <Fact name={text.status}>
            <StatusBadge tone={STATUS_TONES[status]}>{planMessages.statuses[status]}</StatusBadge>
          </Fact>
        )}
        <Ending subscription={subscription} />
      </Facts>
    </Stack>
  );
}

function Ending({ subscription }: { subscription: Subscription }) {
  if (subscription.ended_at)
    return (
      <Fact name={text.ended}>
        <Moment at={subscription.ended_at} />
      </Fact>
    );
  if (subscription.ends_at)
    return (
      <Fact name={text.ends}>
        <Moment at={subscription.ends_at} />
      </Fact>
    );
  if (subscription.status === "trialing")
    return (
      <Fact name={text.trialEnds}>
        <Moment at={subscription.trial_end} />
      </Fact>
    );
  if (subscription.current_period_end)
    return (
      <Fact name={text.renews}>
        <Moment at={subscription.current_period_end} />
      </Fact>
    );
  return (
    subscription.plan && (
      <Fact name={text.until}>
        {subscription.access_until ? <Moment at={subscription.access_until} /> : text.untilChanged}
      </Fact>
    )
  );
}

function Actions({ subscription }: { subscription: Subscription }) {
  const refresh = useRefreshPlan();
  const [isAsking, setIsAsking] = useState(false);
  const pages = useMutation({
    mutationFn: openPaymentPages,
    onSuccess: (page) => leaveTo(page.url),
    onError: showProblem,
  });
  const keep = useMutation({
    mutationFn: keepPlan,
    onSuccess: () => {
      showDone(text.kept);
      return refresh();
    },
    onError: showProblem,
  });
  const isOn = isRunning(subscription);
  const until = subscription.current_period_end ?? subscription.access_until;

  async function cancel() {
    await cancelPlan();
    await refresh();
  }

  return (
    <Group gap="sm">
      <LinkButton to="/plan" search={{}} variant={subscription.has_access ? "default" : "filled"}>
        {subscription.has_access ? text.otherPlan : text.choose}
      </LinkButton>
      {subscription.status && (
        <Button variant="default" loading={pages.isPending || pages.isSuccess} onClick={() => pages.mutate()}>
          {text.pages}
        </Button>
      )}
      {isOn && subscription.ends_at && (
        <Button loading={keep.isPending} onClick={() => keep.mutate()}>
          {text.keepOn}
        </Button>
      )}
      {isOn && !subscription.ends_at && (
        <Button variant="default" onClick={() => setIsAsking(true)}>
          {text.cancel}
        </Button>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.cancelTitle}
        action={text.cancel}
        isDangerous
        onConfirm={cancel}
      >
        {text.cancelText(until ? formatDateTime(until) : text.noEnd)}
      </ConfirmDialog>
    </Group>
  );
}
