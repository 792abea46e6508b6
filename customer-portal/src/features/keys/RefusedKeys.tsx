/** Why every key is refused, and what to do; nothing while they work. */
import { Callout, LinkButton } from "@openreg/ui";
import { useAccount, useMay } from "@/features/account/api";
import { standing } from "@/features/account/standing";
import { keyMessages as text } from "./messages";

const SAID = {
  suspended: { title: text.suspendedTitle, fix: text.suspendedFix },
  no_plan: { title: text.noPlanTitle, fix: text.noPlanFix },
  plan_ended: { title: text.endedTitle, fix: text.endedFix },
} as const;

export function RefusedKeys() {
  const account = useAccount();
  const maySeePlans = useMay("billing:read");
  const state = account && standing(account, new Date());
  if (state === null || state === "entitled") return null;
  const isAboutPlan = state !== "suspended" && maySeePlans;
  return (
    <Callout
      tone="warning"
      {...SAID[state]}
      actions={
        isAboutPlan && (
          <LinkButton to="/plan" search={{}}>
            {text.toPlan}
          </LinkButton>
        )
      }
    />
  );
}
