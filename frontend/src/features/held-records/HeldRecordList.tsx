/** The queue of held records: states as tabs, filters in the URL, decisions by hand about those that are chosen. */
import { Button, Group, Text } from "@mantine/core";
import { FilterBar, SearchFilter, showDone, showProblem } from "@openreg/ui";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ExportButton } from "@/lists/ExportButton";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import {
  heldCountsQuery,
  heldExportPath,
  heldKeys,
  heldRecordsQuery,
  heldStates,
  reportHeldRecords,
  reviewHeldRecords,
  type HandDecision,
  type HeldRecord,
} from "./api";
import { DecideDialog } from "./DecideDialog";
import { heldColumns } from "./heldColumns";
import { heldMessages as text } from "./messages";

const route = getRouteApi("/_app/held-records/");
const NONE: ReadonlySet<string> = new Set();

export function HeldRecordList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(heldRecordsQuery(search));
  const counts = useQuery(heldCountsQuery(search)).data?.items;
  const mayWork = useMay("exceptions:work");
  const [selected, setSelected] = useState(NONE);
  const [decision, setDecision] = useState<HandDecision | null>(null);
  const shown = query.data?.items ?? [];
  const open = shown.filter((one) => one.state === "held" || one.state === "released");
  const chosen = open.filter((one) => selected.has(one.id));
  return (
    <>
      <ListScreen
        text={text}
        list={list}
        query={query}
        columns={heldColumns}
        rowName={(one) => one.record_key ?? text.noKey(one.row_number)}
        actions={mayWork && <ReviewButton reportId={search.report_id} />}
        {...(mayWork ? { selection: { selected, onChange: setSelected } } : {})}
      >
        <StateTabs text={text} states={heldStates} current={search.state} counts={counts} />
        <Filters search={search} list={list} />
        {mayWork && chosen.length > 0 && (
          <Group gap="sm" pb="sm">
            <Text size="sm" role="status">
              {text.chosen(chosen.length)}
            </Text>
            {chosen.every((one) => one.state === "held") && (
              <Button variant="default" onClick={() => setDecision("release")}>
                {text.release}
              </Button>
            )}
            <Button variant="default" onClick={() => setDecision("exclude")}>
              {text.exclude}
            </Button>
            {chosen.every((one) => one.state === "released" && one.supplemental_run_id === null) && (
              <ReportButton records={chosen} onDone={() => setSelected(NONE)} />
            )}
          </Group>
        )}
      </ListScreen>
      <DecideDialog
        decision={decision}
        ids={chosen.map((one) => one.id)}
        onClose={() => setDecision(null)}
        onDone={() => {
          setDecision(null);
          setSelected(NONE);
        }}
      />
    </>
  );
}

/** All that is released of the runs of the chosen records: a day has few supplemental runs. */
function ReportButton({ records, onDone }: { records: HeldRecord[]; onDone: () => void }) {
  const queries = useQueryClient();
  const [key] = useState(() => crypto.randomUUID());
  const reporting = useMutation({
    mutationFn: async () => {
      let reported = 0;
      for (const run of new Set(records.map((one) => one.run_id))) {
        reported += (await reportHeldRecords(run, `${key} ${run}`)).records;
      }
      return reported;
    },
    onSuccess: (reported) => {
      void queries.invalidateQueries({ queryKey: heldKeys.all });
      showDone(text.reported(reported));
      onDone();
    },
    onError: showProblem,
  });
  return (
    <Button loading={reporting.isPending} onClick={() => reporting.mutate()}>
      {text.report}
    </Button>
  );
}

function ReviewButton({ reportId }: { reportId: string | undefined }) {
  const asking = useMutation({
    mutationFn: () => reviewHeldRecords(reportId),
    onSuccess: ({ runs }) => showDone(runs > 0 ? text.reviewAsked(runs) : text.nothingWaits),
    onError: showProblem,
  });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={14} aria-hidden />}
      loading={asking.isPending}
      onClick={() => asking.mutate()}
    >
      {text.review}
    </Button>
  );
}

type Search = ReturnType<typeof route.useSearch>;

function Filters({ search, list }: { search: Search; list: ReturnType<typeof useListSearch<Search>> }) {
  return (
    <FilterBar
      isFiltered={list.isFiltered}
      onClear={list.clear}
      actions={
        <ExportButton path={() => heldExportPath(search)} fileName="held-records.csv">
          {text.exportCsv}
        </ExportButton>
      }
    >
      <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
      <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
    </FilterBar>
  );
}
