/** The list of destinations: what each is, whether it is in service, and what waits for it. */
import { AppLink, LinkButton, Moment, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { destinationsQuery, type Destination } from "./api";
import styles from "./destinations.module.css";
import { DestinationState } from "./DestinationState";
import { EnvironmentBadge } from "./EnvironmentBadge";
import { addressOf } from "./kinds";
import { destinationMessages as text } from "./messages";
import { WaitingCount } from "./WaitingCount";

const route = getRouteApi("/_app/destinations/");

const columns: Column<Destination>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/destinations/$destinationId" params={{ destinationId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "kind", header: text.columns.kind, cell: (one) => text.kindName(one.kind) },
  {
    key: "address",
    header: text.columns.address,
    cell: (one) => <span className={`or-mono ${styles.address}`}>{addressOf(one)}</span>,
  },
  {
    key: "environment",
    header: text.columns.environment,
    cell: (one) => <EnvironmentBadge environment={one.environment} />,
  },
  { key: "state", header: text.columns.state, cell: (one) => <DestinationState destination={one} /> },
  {
    key: "last",
    header: text.columns.last,
    cell: (one) => (one.last_delivered_at ? <Moment at={one.last_delivered_at} /> : text.never),
  },
  {
    key: "waiting",
    header: text.columns.waiting,
    isNumber: true,
    cell: (one) => <WaitingCount destination={one} />,
  },
];

export function DestinationList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(destinationsQuery(search));
  const create = useMay("destinations:write") && (
    <LinkButton to="/destinations/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  const actions = (
    <LinkButton to="/deliveries" search={{}} variant="default">
      {text.toDeliveries}
    </LinkButton>
  );
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={create} actions={actions} />
  );
}
