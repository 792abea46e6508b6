/** Runs of the last 14 days per report: as bars, or the same figures as a table. */
import { SegmentedControl, Table, Text } from "@mantine/core";
import { AppLink, formatDate, formatNumber, Panel } from "@openreg/ui";
import { useState } from "react";
import type { ReportDays } from "./api";
import styles from "./dashboard.module.css";
import { barParts, DAY_STATES, runsOf, tallest, type Day } from "./days";
import { dashboardMessages } from "./messages";

const text = dashboardMessages.days;

export function DaysPanel({ reports }: { reports: ReportDays[] }) {
  const [isTable, setIsTable] = useState(false);
  return (
    <Panel
      title={text.title}
      aside={
        reports.length > 0 && (
          <SegmentedControl
            aria-label={text.view}
            data={[
              { value: "chart", label: text.chart },
              { value: "table", label: text.table },
            ]}
            value={isTable ? "table" : "chart"}
            onChange={(view) => setIsTable(view === "table")}
          />
        )
      }
    >
      {reports.length === 0 && <Text c="dimmed">{text.none}</Text>}
      {isTable ? <DaysTable reports={reports} /> : <Charts reports={reports} />}
    </Panel>
  );
}

function Charts({ reports }: { reports: ReportDays[] }) {
  const whole = tallest(reports);
  return (
    <>
      <div className={styles.charts}>
        {reports.map((report) => (
          <figure key={report.report_id} className={styles.chart}>
            <figcaption>
              <AppLink to="/runs" search={{ report_id: report.report_id }}>
                {report.report_name}
              </AppLink>
            </figcaption>
            <Bars report={report} whole={whole} />
          </figure>
        ))}
      </div>
      {reports.length > 0 && (
        <ul className={styles.legend}>
          {DAY_STATES.map((state) => (
            <li key={state}>
              <span className={styles.swatch} data-state={state} aria-hidden />
              {text.states[state]}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Bars({ report, whole }: { report: ReportDays; whole: number }) {
  const runs = report.days.reduce((sum, day) => sum + runsOf(day), 0);
  const failed = report.days.reduce((sum, day) => sum + day.failed, 0);
  return (
    <div className={styles.bars} role="img" aria-label={text.summary(report.report_name, runs, failed)}>
      {report.days.map((day) => (
        <div key={day.day} className={styles.day} title={titleOf(day)}>
          {barParts(day, whole).map((part) => (
            <div
              key={part.state}
              className={styles.part}
              data-state={part.state}
              style={{ bottom: `${part.from * 100}%`, height: `${part.height * 100}%` }}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function titleOf(day: Day): string {
  const parts = DAY_STATES.filter((state) => day[state] > 0).map((state) => text.part(state, day[state]));
  return text.dayOf(day.day, parts.join(", ") || text.noRun);
}

function DaysTable({ reports }: { reports: ReportDays[] }) {
  const rows = reports.flatMap((report) =>
    report.days.filter((day) => runsOf(day) > 0).map((day) => ({ report, day })),
  );
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={text.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.report}</Table.Th>
            <Table.Th scope="col">{text.day}</Table.Th>
            {DAY_STATES.map((state) => (
              <Table.Th key={state} scope="col" ta="right">
                {text.states[state]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ report, day }) => (
            <Table.Tr key={`${report.report_id} ${day.day}`}>
              <Table.Th scope="row" fw={400}>
                {report.report_name}
              </Table.Th>
              <Table.Td>{formatDate(day.day)}</Table.Td>
              {DAY_STATES.map((state) => (
                <Table.Td key={state} ta="right" className="or-number">
                  {formatNumber(day[state])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
