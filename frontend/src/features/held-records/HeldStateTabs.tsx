/** How many records are in each state, among those that the other filters leave. */
import { TabLink, TabLinks } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { heldCountsQuery, heldStates, type HeldSearch } from "./api";
import { heldMessages as text } from "./messages";

export function HeldStateTabs({ search }: { search: HeldSearch }) {
  const counts = useQuery(heldCountsQuery(search)).data?.items;
  const countOf = (state: string) => counts?.find((one) => one.state === state);
  return (
    <TabLinks label={text.stateTabs}>
      <TabLink
        to="/held-records"
        search={{ ...search, state: undefined, cursor: undefined }}
        isCurrent={search.state === undefined}
        count={counts?.reduce((sum, one) => sum + one.count, 0)}
        isMore={counts?.some((one) => one.is_more) ?? false}
      >
        {text.allStates}
      </TabLink>
      {heldStates.map((state) => (
        <TabLink
          key={state}
          to="/held-records"
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
