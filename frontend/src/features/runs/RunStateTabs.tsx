/** How many runs are in each state, among those that the other filters leave. */
import { TabLink, TabLinks } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { filtersOf, runCountsQuery, type RunListSearch } from "./api";
import { runMessages as text } from "./messages";
import { runStates } from "./states";

export function RunStateTabs({ search }: { search: RunListSearch }) {
  const counts = useQuery(runCountsQuery(filtersOf(search))).data?.items;
  const countOf = (state: string) => counts?.find((one) => one.state === state);
  return (
    <TabLinks label={text.stateTabs}>
      <TabLink
        to="/runs"
        search={{ ...search, state: undefined, cursor: undefined }}
        isCurrent={search.state === undefined}
        count={counts?.reduce((sum, one) => sum + one.count, 0)}
        isMore={counts?.some((one) => one.is_more) ?? false}
      >
        {text.allStates}
      </TabLink>
      {runStates.map((state) => (
        <TabLink
          key={state}
          to="/runs"
          search={{ ...search, state, cursor: undefined }}
          isCurrent={search.state === state}
          count={countOf(state)?.count}
          isMore={countOf(state)?.is_more ?? false}
        >
          {text.states[state]}
        </TabLink>
      ))}
    </TabLinks>
  );
}
