/** What customers are shown, or were; filters in the URL. */
import { AppLink, FilterBar, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { publicationsQuery, type Publication } from "./api";
import { publicationKinds } from "./kinds";
import { publicationMessages as text } from "./messages";
import { PublicationState } from "./PublicationState";
import { Reach } from "./Reach";

const route = getRouteApi("/_app/publications/");
const STATES = ["shown", "taken"] as const;

const columns: Column<Publication>[] = [
  {
    key: "title",
    header: text.columns.title,
    cell: (one) => (
      <AppLink to="/publications/$publicationId" params={{ publicationId: one.id }}>
        {one.title}
      </AppLink>
    ),
  },
  { key: "kind", header: text.columns.kind, cell: (one) => text.kinds[one.kind] },
  { key: "name", header: text.columns.name, cell: (one) => <span className="or-mono">{one.name}</span> },
  { key: "version", header: text.columns.version, cell: (one) => one.version },
  { key: "plans", header: text.columns.plans, cell: (one) => <Reach publication={one} /> },
  { key: "state", header: text.columns.state, cell: (one) => <PublicationState publication={one} /> },
  { key: "since", header: text.columns.since, cell: (one) => <TimeAgo at={one.published_at} /> },
];

export function PublicationList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(publicationsQuery(search));
  const state = search.is_published === undefined ? undefined : search.is_published ? "shown" : "taken";
  return (
    <ListScreen text={text} list={list} query={query} columns={columns}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <ChoiceFilter
          label={text.filter.kind}
          any={text.filter.anyKind}
          choices={choicesOf(publicationKinds, text.kinds)}
          value={search.kind}
          onChange={(kind) => list.setFilter({ kind })}
        />
        <ChoiceFilter
          label={text.filter.state}
          any={text.filter.anyState}
          choices={choicesOf(STATES, text.states)}
          value={state}
          onChange={(chosen) => list.setFilter({ is_published: chosen && chosen === "shown" })}
        />
      </FilterBar>
    </ListScreen>
  );
}
