/** One customer: its plan, its calls, its keys and its people. */
import { Skeleton, Stack } from "@mantine/core";
import { AppLink, Callout, CopyId, ErrorState, Fact, Facts, Moment, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { customerQuery, type CustomerDetail } from "./api";
import { CustomerActions } from "./CustomerActions";
import { CustomerKeys } from "./CustomerKeys";
import { CustomerPeople } from "./CustomerPeople";
import { CustomerState } from "./CustomerState";
import { customerMessages } from "./messages";
import { hasPlanEnded } from "./states";
import { UsagePanel } from "./UsagePanel";

const text = customerMessages.detail;
const route = getRouteApi("/_app/customers/$customerId");

export function CustomerPage() {
  const { customerId } = route.useParams();
  const query = useQuery(customerQuery(customerId));
  const mayWrite = useMay("customers:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={420} />;
  const customer = query.data.body;
  return (
    <Stack gap="xl">
      <div>
        <AppLink to="/customers" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={customer.name}
          meta={
            <>
              <CustomerState state={customer.state} />
              <CopyId id={customer.id} label={text.copyId} />
            </>
          }
          actions={mayWrite && customer.state !== "deleted" && <CustomerActions stored={query.data} />}
        />
        <Standing customer={customer} />
        <Facts>
          <Fact name={text.plan}>
            {customer.plan ? (
              <AppLink to="/plans/$planId" params={{ planId: customer.plan.id }}>
                {customer.plan.name}
              </AppLink>
            ) : (
              customerMessages.noPlan
            )}
          </Fact>
          {customer.plan && (
            <Fact name={text.until}>
              {customer.plan_until ? <Moment at={customer.plan_until} /> : customerMessages.open}
            </Fact>
          )}
          <Fact name={text.month(customer.month)}>
            {text.monthOf(customer.counted, customer.plan?.monthly_quota ?? null)}
          </Fact>
          <Fact name={text.since}>
            <Moment at={customer.created_at} />
          </Fact>
        </Facts>
      </div>
      <UsagePanel customerId={customer.id} />
      <CustomerKeys customerId={customer.id} />
      <CustomerPeople team={customer.team ?? []} />
    </Stack>
  );
}

/** Why the keys of a customer open nothing, where they do not. */
function Standing({ customer }: { customer: CustomerDetail }) {
  const [now] = useState(() => new Date());
  if (customer.state === "deleted") return <Callout tone="off" title={text.closedTitle} />;
  if (customer.state === "suspended")
    return (
      <Callout tone="warning" title={text.suspendedTitle}>
        {customer.suspended_reason}
      </Callout>
    );
  if (!customer.plan)
    return (
      <Callout tone="warning" title={customerMessages.noPlanTitle}>
        {customerMessages.noPlanText}
      </Callout>
    );
  if (hasPlanEnded(customer, now))
    return (
      <Callout tone="warning" title={customerMessages.planEnded}>
        {customerMessages.planEndedText}
      </Callout>
    );
  return null;
}
