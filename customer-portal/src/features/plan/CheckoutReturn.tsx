/** Back from the payment page: the payment service tells ours, which may take a moment longer than the browser. */
import { Button, Loader } from "@mantine/core";
import { Callout, LinkButton } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useAccount } from "@/features/account/api";
import { subscriptionQuery, useRefreshPlan } from "./api";
import { planMessages as text } from "./messages";

const EVERY_MS = 2000;
const AS_LONG_AS_MS = 60_000;

export function CheckoutReturn() {
  const account = useAccount();
  const refresh = useRefreshPlan();
  const [isLate, setIsLate] = useState(false);
  const subscription = useQuery({
    ...subscriptionQuery(),
    refetchInterval: (query) => (!isLate && !query.state.data?.has_access ? EVERY_MS : false),
  }).data;
  const plan = subscription?.has_access ? subscription.plan : null;
  const isActive = plan !== null;
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), AS_LONG_AS_MS);
    return () => clearTimeout(timer);
  }, []);
  // What else shows the plan is older than this answer.
  useEffect(() => {
    if (isActive) void refresh();
  }, [isActive, refresh]);

  if (plan)
    return (
      <Callout
        tone="success"
        role="status"
        title={text.active(plan.name)}
        fix={text.activeFix}
        actions={
          account?.open_keys === 0 && (
            <LinkButton to="/keys" search={{ create: true }}>
              {text.toKeys}
            </LinkButton>
          )
        }
      />
    );
  if (isLate)
    return (
      <Callout
        tone="warning"
        role="status"
        title={text.late}
        fix={text.lateFix}
        actions={
          <Button variant="default" onClick={() => void refresh()}>
            {text.lookAgain}
          </Button>
        }
      />
    );
  return (
    <Callout
      tone="running"
      role="status"
      title={text.activating}
      fix={text.activatingText}
      actions={<Loader size={16} aria-hidden />}
    />
  );
}
