import { Stack, Text } from "@mantine/core";
import { AppLink, Fact, Facts, formatNumber, PageHeader, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccount, type Account } from "@/features/account/api";
import { useKeyAtHand } from "@/features/keys/keyAtHand";
import { RefusedKeys } from "@/features/keys/RefusedKeys";
import { usageQuery, type Usage } from "@/features/usage/api";
import { lastDays, outcomeOf } from "@/features/usage/usage";
import { Checklist } from "./Checklist";
import { nextStep, stepsDone } from "./checklist";
import { FirstCall } from "./FirstCall";
import { overviewMessages as text } from "./messages";
import { useFirstCall } from "./useFirstCall";

export function OverviewPage() {
  const account = useAccount();
  return account && <Overview account={account} />;
}

function Overview({ account }: { account: Account }) {
  const [today] = useState(() => lastDays(1, new Date()));
  const firstCall = useFirstCall(account.open_keys > 0);
  const usage = useQuery(usageQuery({ ...today, by: ["status"] })).data;
  const secret = useKeyAtHand();
  const done = stepsDone(account, firstCall.hasCalled, new Date());
  const isNew = firstCall.isKnown && nextStep(done) !== null;
  return (
    <Stack gap="lg" maw={960}>
      <PageHeader title={text.title} />
      <RefusedKeys />
      {isNew && <Checklist done={done} firstCall={firstCall} />}
      <Figures account={account} usage={usage} />
      <Panel title={firstCall.hasCalled ? text.example : text.firstCall}>
        <Stack gap="sm">
          <Text c="dimmed">{secret === null ? text.withoutKey : text.withKey}</Text>
          <FirstCall secret={secret} />
          <Text>
            {text.next}{" "}
            <AppLink to="/reference" search={{}} underline="always">
              {text.toReference}
            </AppLink>
          </Text>
        </Stack>
      </Panel>
    </Stack>
  );
}

function Figures({ account, usage }: { account: Account; usage: Usage | undefined }) {
  const { plan } = account;
  const quota = usage?.monthly_quota ?? null;
  const outcome = outcomeOf(usage?.groups ?? []);
  return (
    <Facts>
      <Fact name={text.plan}>
        {plan ? plan.name : text.noPlan}{" "}
        {plan && account.plan_until && <Text c="dimmed">{text.planUntil(account.plan_until)}</Text>}
      </Fact>
      <Fact name={text.keys}>
        {plan ? text.keysOf(account.open_keys, plan.max_keys) : formatNumber(account.open_keys)}
      </Fact>
      <Fact name={text.calls}>
        {usage && (quota === null ? formatNumber(usage.counted) : text.callsOf(usage.counted, quota))}
      </Fact>
      <Fact name={text.errors}>
        {usage && formatNumber(outcome.refused + outcome.limited + outcome.failed)}
      </Fact>
    </Facts>
  );
}
