/** Runs that were started today, by state. */
import { Group, Text } from "@mantine/core";
import { formatNumber, Panel } from "@openreg/ui";
import { Link } from "@tanstack/react-router";
import { RunState } from "@/features/runs/RunState";
import { runStates } from "@/features/runs/states";
import type { RunsAtAGlance } from "./api";
import styles from "./dashboard.module.css";
import { dashboardMessages } from "./messages";

const text = dashboardMessages.today;

export function Today({ today }: { today: RunsAtAGlance["today"] }) {
  const shown = runStates.filter((state) => (today[state] ?? 0) > 0);
  return (
    <Panel title={text.title}>
      {shown.length === 0 ? (
        <Text c="dimmed">{text.none}</Text>
      ) : (
        <Group gap="lg">
          {shown.map((state) => (
            <Link key={state} to="/runs" search={{ state }} className={styles.count}>
              <span className={styles.countValue}>{formatNumber(today[state] ?? 0)}</span>
              <RunState state={state} />
            </Link>
          ))}
        </Group>
      )}
    </Panel>
  );
}
