/** The queue: states as tabs, filters and groups in the URL, many at once, new ones only when they are asked for. */
import { Button } from "@mantine/core";
import { EmptyState, LinkButton, PageHeader } from "@openreg/ui";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useMay } from "@/features/account/api";
import { ListPage } from "@/lists/ListPage";
import { useListSearch } from "@/lists/useListSearch";
import { useSteadyRows } from "@/lists/useSteadyRows";
import { chosenOf, exceptionsQuery, faultsQuery } from "./api";
import { BulkBar } from "./BulkBar";
import { columnsWith, nameOf } from "./exceptionColumns";
import { ExceptionFilterBar } from "./ExceptionFilterBar";
import { ExceptionGroups } from "./ExceptionGroups";
import { ExceptionStateTabs } from "./ExceptionStateTabs";
import { exceptionMessages as text } from "./messages";

const route = getRouteApi("/_app/exceptions/");
const NOBODY: ReadonlySet<string> = new Set();

export function ExceptionList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(exceptionsQuery(search));
  const mayWork = useMay("exceptions:work");
  const steady = useSteadyRows(JSON.stringify(search), query.data?.items, query.isPlaceholderData);
  const faults = useQuery(faultsQuery(chosenOf(steady.rows))).data?.items;
  const columns = useMemo(
    () => columnsWith(new Map(faults?.map((one) => [one.exception_id, one]))),
    [faults],
  );
  const [selected, setSelected] = useState(NOBODY);
  const chosen = steady.rows.filter((row) => selected.has(row.id));
  return (
    <>
      <PageHeader
        title={text.title}
        description={text.description}
        actions={
          <LinkButton
            variant="default"
            to="/exceptions/statistics"
            leftSection={<IconChartBar size={14} aria-hidden />}
          >
            {text.statistics}
          </LinkButton>
        }
      />
      <ExceptionStateTabs search={search} />
      <ExceptionFilterBar search={search} list={list} />
      <ExceptionGroups search={search} onChoose={list.setFilter} />
      {steady.newCount > 0 && (
        <Button variant="light" fullWidth mb="sm" onClick={steady.showNew}>
          {text.newOnes(steady.newCount)}
        </Button>
      )}
      {mayWork && <BulkBar chosen={chosen} onDone={() => setSelected(NOBODY)} />}
      <ListPage
        query={{
          ...query,
          data: query.data && { ...query.data, items: steady.rows },
          // Looking again every few seconds is not worth a moving bar.
          isFetching: query.isPlaceholderData,
        }}
        columns={columns}
        label={text.title}
        rowKey={(row) => row.id}
        rowName={nameOf}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={<EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>}
        sorting={{ sort: search.sort ?? "-created_at", onSort: list.sorting.onSort }}
        paging={list.paging}
        {...(mayWork ? { selection: { selected, onChange: setSelected } } : {})}
      />
    </>
  );
}
