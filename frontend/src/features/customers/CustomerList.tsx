/** The list of customers; filters in the URL. */
import { AppLink, FilterBar, LinkButton, Moment, SearchFilter, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { customersQuery, type Customer } from "./api";
import { CustomerState } from "./CustomerState";
import { customerMessages as text } from "./messages";
import { customerStates } from "./states";

const route = getRouteApi("/_app/customers/");

const columns: Column<Customer>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/customers/$customerId" params={{ customerId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "plan", header: text.columns.plan, cell: (one) => one.plan?.name ?? text.noPlan },
  {
    key: "until",
    header: text.columns.until,
    cell: (one) => one.plan && (one.plan_until ? <Moment at={one.plan_until} /> : text.open),
  },
  { key: "state", header: text.columns.state, cell: (one) => <CustomerState state={one.state} /> },
  { key: "since", header: text.columns.since, cell: (one) => <TimeAgo at={one.created_at} /> },
];

export function CustomerList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(customersQuery(search));
  const plans = (
    <LinkButton to="/plans" search={{}} variant="default">
      {text.plans}
    </LinkButton>
  );
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={plans}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <SearchFilter
          label={text.filter.name}
          value={search.name}
          onChange={(name) => list.setFilter({ name })}
        />
        <ChoiceFilter
          label={text.filter.state}
          any={text.filter.anyState}
          choices={choicesOf(customerStates, text.states)}
          value={search.state}
          onChange={(state) => list.setFilter({ state })}
        />
      </FilterBar>
    </ListScreen>
  );
}
