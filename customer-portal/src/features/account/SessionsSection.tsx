import { Button } from "@mantine/core";
import {
  browserName,
  DataTable,
  ErrorState,
  Section,
  showDone,
  showProblem,
  StatusBadge,
  TimeAgo,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { endSession, sessionsQuery, type OwnSession } from "./api";
import { accountMessages } from "./messages";

const text = accountMessages.sessions;

export function SessionsSection() {
  const query = useQuery(sessionsQuery());
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => {
      showDone(text.ended);
      void queries.invalidateQueries({ queryKey: sessionsQuery().queryKey });
    },
    onError: showProblem,
  });

  const columns: Column<OwnSession>[] = [
    {
      key: "device",
      header: text.columns.device,
      cell: (one) => (
        <>
          <span title={one.user_agent ?? undefined}>{browserName(one.user_agent) ?? text.unknown}</span>{" "}
          {one.is_current && <StatusBadge tone="success">{text.here}</StatusBadge>}
        </>
      ),
    },
    { key: "address", header: text.columns.address, cell: (one) => one.address ?? text.unknown },
    { key: "used", header: text.columns.used, cell: (one) => <TimeAgo at={one.last_used_at} /> },
    { key: "started", header: text.columns.started, cell: (one) => <TimeAgo at={one.created_at} /> },
    {
      key: "action",
      header: text.columns.action,
      cell: (one) =>
        !one.is_current && (
          <Button variant="default" onClick={() => end.mutate(one.id)}>
            {text.end}
          </Button>
        ),
    },
  ];

  return (
    <Section title={text.title}>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable label={text.label} columns={columns} rows={query.data?.items} rowKey={(one) => one.id} />
      )}
    </Section>
  );
}
