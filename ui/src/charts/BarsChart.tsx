/** Bars drawn by Recharts; loaded only where a chart is shown. `ChartPanel` says the same as a table. */
import "@mantine/charts/styles.layer.css";
import { BarChart } from "@mantine/charts";
import { formatNumber } from "../format/intl";
import type { ChartData } from "./chartData";

const BAR_HEIGHT = 34;
const AXIS_HEIGHT = 48;
const UPRIGHT_HEIGHT = 240;
/** Enough for an identifier of a rule or a record; what is longer is cut, and whole in the table. */
const NAME_WIDTH = 132;
const NAME_LENGTH = 18;

interface BarsChartProps {
  data: ChartData;
  isLying: boolean;
  isStacked: boolean;
}

export default function BarsChart({ data, isLying, isStacked }: BarsChartProps) {
  const rows = data.rows.map((row) => ({
    name: row.name,
    ...Object.fromEntries(data.series.map((one, index) => [one.name, row.values[index] ?? 0])),
  }));
  return (
    <BarChart
      h={isLying ? rows.length * BAR_HEIGHT + AXIS_HEIGHT : UPRIGHT_HEIGHT}
      data={rows}
      dataKey="name"
      type={isStacked ? "stacked" : "default"}
      orientation={isLying ? "vertical" : "horizontal"}
      series={data.series.map(({ name, tone }) => ({ name, color: `var(--or-chart-${tone})` }))}
      valueFormatter={formatNumber}
      withLegend={data.series.length > 1}
      gridAxis={isLying ? "y" : "x"}
      xAxisProps={isLying ? { allowDecimals: false } : { interval: "preserveStartEnd", minTickGap: 16 }}
      yAxisProps={
        isLying
          ? { width: NAME_WIDTH, interval: 0, tickFormatter: shortened }
          : { allowDecimals: false, width: 44 }
      }
      maxBarWidth={28}
      // The panel names the whole for a screen reader and offers the figures as a table.
      barChartProps={{ accessibilityLayer: false }}
      barProps={{ isAnimationActive: false }}
    />
  );
}

function shortened(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}
