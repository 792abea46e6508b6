/** The queue: states as tabs, filters and groups in the URL, many at once, new ones only when they are asked for. */
import { Button } from "@mantine/core";
import { LinkButton } from "@openreg/ui";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import { useSteadyRows } from "@/lists/useSteadyRows";
import { chosenOf, exceptionCountsQuery, exceptionsQuery, faultsQuery, filtersOf } from "./api";
import { BulkBar } from "./BulkBar";
import { columnsWith, nameOf } from "./exceptionColumns";
import { ExceptionFilterBar } from "./ExceptionFilterBar";
import { ExceptionGroups } from "./ExceptionGroups";
import { exceptionMessages as text } from "./messages";
import { EXCEPTION_STATES } from "./states";

const route = getRouteApi("/_app/exceptions/");
const NOBODY: ReadonlySet<string> = new Set();

export function ExceptionList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const steady = useSteadyRows(search, useQuery(exceptionsQuery(search)));
  const counts = useQuery(exceptionCountsQuery(filtersOf(search))).data?.items;
  const mayWork = useMay("exceptions:work");
  const faults = useQuery(faultsQuery(chosenOf(steady.rows))).data?.items;
  const columns = useMemo(
    () => columnsWith(new Map(faults?.map((one) => [one.exception_id, one]))),
    [faults],
  );
  const [selected, setSelected] = useState(NOBODY);
  const chosen = steady.rows.filter((row) => selected.has(row.id));
  return (
    <ListScreen
      text={text}
      list={list}
      query={steady.query}
      columns={columns}
      rowName={nameOf}
      sorting={{ sort: search.sort ?? "-created_at", onSort: list.sorting.onSort }}
      {...(mayWork ? { selection: { selected, onChange: setSelected } } : {})}
      actions={
        <LinkButton
          variant="default"
          to="/exceptions/statistics"
          leftSection={<IconChartBar size={14} aria-hidden />}
        >
          {text.statistics}
        </LinkButton>
      }
    >
      <StateTabs text={text} states={EXCEPTION_STATES} current={search.state} counts={counts} />
      <ExceptionFilterBar search={search} list={list} />
      <ExceptionGroups search={search} onChoose={list.setFilter} />
      {steady.newCount > 0 && (
        <Button variant="light" fullWidth mb="sm" onClick={steady.showNew}>
          {text.newOnes(steady.newCount)}
        </Button>
      )}
      {mayWork && <BulkBar chosen={chosen} onDone={() => setSelected(NOBODY)} />}
    </ListScreen>
  );
}
