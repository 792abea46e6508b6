/** How many exceptions are in each state, among those that the other filters leave. */
import { TabLink, TabLinks } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { exceptionCountsQuery, filtersOf, type ExceptionSearch } from "./api";
import { exceptionMessages as text } from "./messages";
import { EXCEPTION_STATES } from "./states";

export function ExceptionStateTabs({ search }: { search: ExceptionSearch }) {
  const counts = useQuery(exceptionCountsQuery(filtersOf(search))).data?.items;
  const countOf = (state: string) => counts?.find((one) => one.state === state);
  return (
    <TabLinks label={text.stateTabs}>
      <TabLink
        to="/exceptions"
        search={{ ...search, state: undefined, cursor: undefined }}
        isCurrent={search.state === undefined}
        count={counts?.reduce((sum, one) => sum + one.count, 0)}
        isMore={counts?.some((one) => one.is_more) ?? false}
      >
        {text.allStates}
      </TabLink>
      {EXCEPTION_STATES.map((state) => (
        <TabLink
          key={state}
          to="/exceptions"
          search={{ ...search, state, cursor: undefined }}
          isCurrent={search.state === state}
          count={countOf(state)?.count}
          isMore={countOf(state)?.is_more ?? false}
        >
          {text.stateName(state)}
        </TabLink>
      ))}
    </TabLinks>
  );
}
