/** On every page while a payment fails: when keys stop, and where that is put right. */
import { AppLink, Banner } from "@openreg/ui";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useSubscription } from "@/features/plan/api";
import { planMessages } from "@/features/plan/messages";

const text = planMessages.billing;

export function PlanBanner() {
  const subscription = useSubscription();
  if (!subscription?.is_payment_failing) return null;
  return (
    <Banner tone="failed" icon={IconAlertTriangle} role="status">
      <span>
        {text.failing}. {text.failingFix(subscription.access_until ?? null)}{" "}
        <AppLink to="/billing" search={{}} c="inherit" td="underline">
          {text.title}
        </AppLink>
      </span>
    </Banner>
  );
}
