/** Records of a run as an equation that has to hold. */
import { Group, Progress, Text } from "@mantine/core";
import { formatNumber, Panel, StatusBadge } from "@openreg/ui";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";
import styles from "./runs.module.css";

const text = runMessages.counts;

export type Balance = "open" | "balanced" | "broken" | "none";

/** What was read must be counted once among the others; that is only claimed of runs that got to their end. */
export function balanceOf({ state, counts }: Pick<RunDetail, "state" | "counts">): Balance {
  if (state === "succeeded" || state === "partial") {
    const accounted = counts.rows_out + counts.set_aside + counts.filtered + counts.excluded + counts.held;
    return accounted === counts.rows_in ? "balanced" : "broken";
  }
  return state === "failed" || state === "cancelled" ? "none" : "open";
}

export function RunCounts({ run }: { run: RunDetail }) {
  const { counts } = run;
  return (
    <Panel title={text.title} aside={<BalanceBadge balance={balanceOf(run)} />}>
      <div className={styles.equation}>
        <Figure name={text.read} value={counts.rows_in} />
        <Sign sign="=" name={text.equals} />
        <Figure name={text.written} value={counts.rows_out} />
        <Sign sign="+" name={text.plus} />
        <Figure name={text.setAside} value={counts.set_aside} isWarning={counts.set_aside > 0} />
        <Sign sign="+" name={text.plus} />
        <Figure name={text.filtered} value={counts.filtered} />
        <Sign sign="+" name={text.plus} />
        <Figure name={text.excluded} value={counts.excluded} />
        <Sign sign="+" name={text.plus} />
        <Figure name={text.held} value={counts.held} isWarning={counts.held > 0} />
      </div>
      {balanceOf(run) === "open" && run.row_groups_total > 0 && (
        <Group gap="sm" pt="sm">
          <Progress
            flex={1}
            value={(100 * run.row_groups_done) / run.row_groups_total}
            aria-label={text.progressLabel}
          />
          <Text size="xs" c="dimmed" className="or-number">
            {text.progress(run.row_groups_done, run.row_groups_total)}
          </Text>
        </Group>
      )}
    </Panel>
  );
}

function BalanceBadge({ balance }: { balance: Balance }) {
  if (balance === "none") return null;
  if (balance === "open") return <StatusBadge tone="running">{text.open}</StatusBadge>;
  return balance === "balanced" ? (
    <StatusBadge tone="success">{text.balanced}</StatusBadge>
  ) : (
    <StatusBadge tone="failed">{text.broken}</StatusBadge>
  );
}

function Figure({ name, value, isWarning = false }: { name: string; value: number; isWarning?: boolean }) {
  return (
    <div className={styles.figure} data-warning={isWarning || undefined}>
      <span className={styles.figureValue}>{formatNumber(value)}</span>
      <span className={styles.figureName}>{name}</span>
    </div>
  );
}

function Sign({ sign, name }: { sign: string; name: string }) {
  return (
    <span className={styles.sign} role="img" aria-label={name}>
      {sign}
    </span>
  );
}
