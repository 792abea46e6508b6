import { Button } from "@mantine/core";
import { StatusBadge, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { tenantsQuery, type Tenant } from "./api";
import { tenantMessages as text } from "./messages";
import { NewTenantDialog } from "./NewTenantDialog";

const route = getRouteApi("/_app/tenants");

const columns: Column<Tenant>[] = [
  { key: "name", header: text.columns.name, cell: (tenant) => tenant.name },
  {
    key: "slug",
    header: text.columns.slug,
    cell: (tenant) => <span className="or-mono">{tenant.slug}</span>,
  },
  {
    key: "environment",
    header: text.columns.environment,
    cell: (tenant) => (
      <StatusBadge tone={tenant.environment === "sandbox" ? "warning" : "success"}>
        {text.environments[tenant.environment]}
      </StatusBadge>
    ),
  },
  { key: "created", header: text.columns.created, cell: (tenant) => <TimeAgo at={tenant.created_at} /> },
];

export function TenantList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(tenantsQuery(search));
  const mayWrite = useMay("tenants:write");
  const [isCreating, setIsCreating] = useState(false);
  return (
    <>
      <ListScreen
        text={text}
        list={list}
        query={query}
        columns={columns}
        actions={mayWrite && <Button onClick={() => setIsCreating(true)}>{text.create}</Button>}
      />
      <NewTenantDialog isOpen={isCreating} onClose={() => setIsCreating(false)} />
    </>
  );
}
