/** One indicator over the days of a report, with its limits; the table beside it says the same in words. */
import { Text } from "@mantine/core";
import type { Schema } from "@/api/types";
import type { Indicator, QualityDay, QualitySeverity } from "./api";
import { qualityMessages as text } from "./messages";
import styles from "./quality.module.css";
import { trendOf, type Trend } from "./trend";

const WIDTH = 300;
const HEIGHT = 96;

interface TrendChartProps {
  indicator: Indicator;
  days: QualityDay[];
  threshold: Schema<"ThresholdAnswer"> | undefined;
}

export function TrendChart({ indicator, days, threshold }: TrendChartProps) {
  const values = days.flatMap((one) => {
    const value = one.indicators[indicator]?.value;
    return value == null ? [] : [{ day: one.day, value: Number(value) }];
  });
  const limits = limitsOf(threshold);
  const last = days.at(-1)?.indicators[indicator]?.value ?? null;
  return (
    <figure className={styles.chart}>
      <figcaption>
        <Text span fw={600} size="sm">
          {text.names[indicator]}
        </Text>{" "}
        <Text span size="sm" c="dimmed">
          {text.value(indicator, last)}
        </Text>
      </figcaption>
      {values.length === 0 ? (
        <Text size="sm" c="dimmed" className={styles.empty}>
          {indicator === "rejection_rate" ? text.explained[indicator] : text.noValues}
        </Text>
      ) : (
        <Picture
          label={text.trend(text.names[indicator], values.length, text.value(indicator, last))}
          indicator={indicator}
          trend={trendOf(
            values,
            limits.map((one) => one.value),
          )}
          limits={limits}
        />
      )}
      <Text size="xs" c="dimmed">
        {values.length > 0 && text.explained[indicator]}
      </Text>
    </figure>
  );
}

interface Limit {
  severity: QualitySeverity;
  value: number;
}

interface PictureProps {
  label: string;
  indicator: Indicator;
  trend: Trend;
  limits: Limit[];
}

function Picture({ label, indicator, trend, limits }: PictureProps) {
  const line = trend.points.map((one) => `${one.x * WIDTH},${one.y * HEIGHT}`).join(" ");
  return (
    <svg
      className={styles.picture}
      viewBox={`-4 0 ${WIDTH + 8} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {limits.map((limit) => (
        <line
          key={limit.severity}
          className={styles.limit}
          data-severity={limit.severity}
          x1={-4}
          x2={WIDTH + 4}
          y1={trend.yOf(limit.value) * HEIGHT}
          y2={trend.yOf(limit.value) * HEIGHT}
        >
          <title>{text.limit(limit.severity, text.value(indicator, String(limit.value)))}</title>
        </line>
      ))}
      <polyline className={styles.line} points={line} />
      {trend.points.map((one) => (
        <circle key={one.day} className={styles.point} cx={one.x * WIDTH} cy={one.y * HEIGHT} r={3}>
          <title>{text.point(one.day, text.value(indicator, String(one.value)))}</title>
        </circle>
      ))}
    </svg>
  );
}

function limitsOf(threshold: Schema<"ThresholdAnswer"> | undefined): Limit[] {
  return (["warning", "critical"] as const).flatMap((severity) => {
    const limit = threshold?.[severity];
    return limit == null ? [] : [{ severity, value: Number(limit) }];
  });
}
