/** The plans of a publisher. */
import { AppLink, CodeList, LinkButton, TimeAgo, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { plansQuery, type Plan } from "./api";
import { planMessages as text } from "./messages";
import { PlanState } from "./PlanState";

const route = getRouteApi("/_app/plans/");

const columns: Column<Plan>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (plan) => (
      <AppLink to="/plans/$planId" params={{ planId: plan.id }}>
        {plan.name}
      </AppLink>
    ),
  },
  {
    key: "rate",
    header: text.columns.rate,
    isNumber: true,
    cell: (plan) => text.calls(plan.rate_limit_per_minute),
  },
  {
    key: "quota",
    header: text.columns.quota,
    isNumber: true,
    cell: (plan) => (plan.monthly_quota ? text.calls(plan.monthly_quota) : text.unlimited),
  },
  { key: "scopes", header: text.columns.scopes, cell: (plan) => <CodeList words={plan.scopes} /> },
  { key: "state", header: text.columns.state, cell: (plan) => <PlanState plan={plan} /> },
  { key: "changed", header: text.columns.changed, cell: (plan) => <TimeAgo at={plan.updated_at} /> },
];

export function PlanList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(plansQuery(search));
  const create = useMay("customers:write") && (
    <LinkButton to="/plans/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return <ListScreen text={text} list={list} query={query} columns={columns} create={create} />;
}
