/** Figures under a heading: as bars, or the same figures as a table. */
import { SegmentedControl, Skeleton, Table, Text } from "@mantine/core";
import { Panel } from "../components/Panel";
import { formatNumber } from "../format/intl";
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { ChartData, ChartRow } from "./chartData";
import styles from "./charts.module.css";
import { uiMessages } from "../messages";

const text = uiMessages.charts;
const BarsChart = lazy(() => import("./BarsChart"));
const LOADING_HEIGHT = 240;

interface ChartPanelProps {
  title: string;
  data: ChartData;
  /** Says in a sentence what the bars show, for those who do not see them. */
  summary: string;
  /** Stands in place of bars when there is nothing to show. */
  none: string;
  hint?: string;
  /** Names stand on the left and bars lie: for names that are longer than a day. */
  isLying?: boolean;
  /** One bar for each row, of all series. */
  isStacked?: boolean;
  /** The name of a row in the table, perhaps as a link. */
  nameOf?: (row: ChartRow) => ReactNode;
}

export function ChartPanel({
  title,
  data,
  summary,
  none,
  hint,
  isLying = false,
  isStacked = false,
  nameOf = (row) => row.name,
}: ChartPanelProps) {
  const [isTable, setIsTable] = useState(false);
  const isEmpty = data.rows.every((row) => row.values.every((value) => value === 0));
  return (
    <Panel
      title={title}
      aside={
        !isEmpty && (
          <SegmentedControl
            aria-label={text.view(title)}
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
      {hint && (
        <Text size="sm" c="dimmed" pb="sm">
          {hint}
        </Text>
      )}
      {isEmpty && <Text c="dimmed">{none}</Text>}
      {!isEmpty && isTable && <Figures title={title} data={data} nameOf={nameOf} />}
      {!isEmpty && !isTable && (
        <div role="img" aria-label={summary} className={styles.chart}>
          <Suspense fallback={<Skeleton height={LOADING_HEIGHT} />}>
            <BarsChart data={data} isLying={isLying} isStacked={isStacked} />
          </Suspense>
        </div>
      )}
    </Panel>
  );
}

interface FiguresProps {
  title: string;
  data: ChartData;
  nameOf: (row: ChartRow) => ReactNode;
}

function Figures({ title, data, nameOf }: FiguresProps) {
  return (
    <Table.ScrollContainer minWidth={260} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{data.head}</Table.Th>
            {data.series.map((series) => (
              <Table.Th key={series.name} scope="col" ta="right">
                {series.name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.rows.map((row) => (
            <Table.Tr key={row.key}>
              <Table.Th scope="row" fw={400}>
                {nameOf(row)}
              </Table.Th>
              {data.series.map((series, index) => (
                <Table.Td key={series.name} ta="right" className="or-number">
                  {formatNumber(row.values[index] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
