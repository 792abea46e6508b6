/** The newest runs that failed, that wait for a decision, or that are under way. */
import { AppLink, BusinessDate, DataTable, Panel, TimeAgo, type Column } from "@openreg/ui";
import type { Run, RunFilters } from "@/features/runs/api";
import { RunState } from "@/features/runs/RunState";
import type { RunsAtAGlance } from "./api";
import styles from "./dashboard.module.css";
import { dashboardMessages } from "./messages";

const text = dashboardMessages.lists;

const columns: Column<Run>[] = [
  {
    key: "report",
    header: text.report,
    cell: (run) => (
      <AppLink to="/runs/$runId" params={{ runId: run.id }}>
        {run.report_name}
      </AppLink>
    ),
  },
  { key: "date", header: text.date, cell: (run) => <BusinessDate date={run.reporting_date} /> },
  { key: "when", header: text.when, cell: (run) => <TimeAgo at={run.created_at} /> },
];

/** In the other lists every run is in the state that the title names. */
const stateColumn: Column<Run> = {
  key: "state",
  header: text.state,
  cell: (run) => <RunState state={run.state} />,
};

export function RunsToLookAt({ runs }: { runs: RunsAtAGlance }) {
  const lists: { title: string; rows: Run[]; filters: RunFilters }[] = [
    { title: text.failed, rows: runs.failed, filters: { state: "failed" } },
    { title: text.held, rows: runs.held, filters: { is_held: true } },
    { title: text.unfinished, rows: runs.unfinished, filters: { state: "running" } },
  ];
  const filled = lists.filter((one) => one.rows.length > 0);
  if (filled.length === 0) return null;
  return (
    <div className={styles.lists}>
      {filled.map((one) => (
        <Panel
          key={one.title}
          title={one.title}
          aside={
            <AppLink to="/runs" search={one.filters} aria-label={`${text.all}: ${one.title}`}>
              {text.all}
            </AppLink>
          }
        >
          <DataTable
            label={one.title}
            columns={one.rows === runs.unfinished ? [...columns, stateColumn] : columns}
            rows={one.rows}
            rowKey={(run) => run.id}
          />
        </Panel>
      ))}
    </div>
  );
}
