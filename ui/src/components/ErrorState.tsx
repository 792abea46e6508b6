/** What went wrong, what to do, and the request id that leads to the log. */
import { Button, Group, Text, Title } from "@mantine/core";
import { uiMessages } from "../messages";
import { asProblem } from "./asProblem";
import { CopyButton } from "./CopyButton";
import styles from "./states.module.css";

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asProblem(error);
  if (problem.status === 403)
    return <NoPermission permission={text(problem.extra["permission"] ?? problem.extra["right"])} />;
  return (
    <div className={`${styles.state} ${styles.problem}`} role="alert">
      <Title order={3}>{problem.title}</Title>
      <Text>{problem.message}</Text>
      {problem.fix && <Text c="dimmed">{problem.fix}</Text>}
      {problem.requestId && (
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            {uiMessages.requestId} <span className="or-mono">{problem.requestId}</span>
          </Text>
          <CopyButton value={problem.requestId} label={uiMessages.requestId} />
        </Group>
      )}
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {uiMessages.retry}
        </Button>
      )}
    </div>
  );
}

export function NoPermission({ permission = null }: { permission?: string | null }) {
  return (
    <div className={styles.state}>
      <Title order={3}>{uiMessages.noPermissionTitle}</Title>
      <Text c="dimmed">{uiMessages.noPermission(permission)}</Text>
    </div>
  );
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
