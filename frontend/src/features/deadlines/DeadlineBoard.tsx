/** The board: what is owed when, and what became of it. */
import { Button } from "@mantine/core";
import { FilterBar } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { obligationsQuery, obligationStates } from "./api";
import { DeadlineDialog } from "./DeadlineDialog";
import { deadlineMessages as text } from "./messages";
import { obligationColumns } from "./obligationColumns";
import { useNow } from "./useNow";

const route = getRouteApi("/_app/deadlines/");
const STATES = obligationStates.map((state) => ({ value: state, label: text.stateName(state) }));

export function DeadlineBoard() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(obligationsQuery(search));
  const [isSetting, setIsSetting] = useState(false);
  const maySet = useMay("schedules:write");
  return (
    <>
      <ListScreen
        text={text}
        list={list}
        query={query}
        columns={obligationColumns(useNow())}
        create={maySet && <Button onClick={() => setIsSetting(true)}>{text.set}</Button>}
      >
        <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
          <ChoiceFilter
            label={text.state}
            choices={STATES}
            value={search.state}
            onChange={(state) => list.setFilter({ state })}
          />
          <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
        </FilterBar>
      </ListScreen>
      {isSetting && <DeadlineDialog reportId={search.report_id} onClose={() => setIsSetting(false)} />}
    </>
  );
}
