/** Where somebody is signed in; other sessions than this one can be ended. */
import { Button } from "@mantine/core";
import { useMutation, type UseQueryResult } from "@tanstack/react-query";
import { DataTable } from "../components/DataTable";
import { ErrorState } from "../components/ErrorState";
import { StatusBadge } from "../components/StatusBadge";
import type { Column } from "../components/tableTypes";
import { TimeAgo } from "../components/TimeAgo";
import { showDone, showProblem } from "../components/toasts";
import { browserName } from "../format/browserName";
import { uiMessages } from "../messages";

const text = uiMessages.sessions;

export interface OwnSession {
  id: string;
  user_agent: string | null;
  address: string | null;
  is_current: boolean;
  last_used_at: string;
  created_at: string;
}

interface SessionTableProps {
  sessions: UseQueryResult<{ items: OwnSession[] }>;
  end: (id: string) => Promise<unknown>;
}

export function SessionTable({ sessions, end }: SessionTableProps) {
  const ending = useMutation({
    mutationFn: end,
    onSuccess: () => {
      showDone(text.ended);
      void sessions.refetch();
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
          <Button variant="default" onClick={() => ending.mutate(one.id)}>
            {text.end}
          </Button>
        ),
    },
  ];

  return sessions.isError ? (
    <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />
  ) : (
    <DataTable label={text.label} columns={columns} rows={sessions.data?.items} rowKey={(one) => one.id} />
  );
}
