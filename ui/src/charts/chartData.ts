/** What a chart shows, and the table beside it. */
import type { StatusTone } from "../components/StatusBadge";

export interface ChartSeries {
  name: string;
  tone: Exclude<StatusTone, "off">;
}

export interface ChartRow {
  key: string;
  name: string;
  /** One figure of each series. */
  values: number[];
}

export interface ChartData {
  /** The head of the column of names. */
  head: string;
  series: ChartSeries[];
  rows: ChartRow[];
}
