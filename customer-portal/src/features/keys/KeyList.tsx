import { Button, Group, Stack, Text } from "@mantine/core";
import {
  CodeList,
  ConfirmDialog,
  DataTable,
  EmptyState,
  ErrorState,
  formatDateTime,
  Moment,
  PageHeader,
  showDone,
  StatusBadge,
  TimeAgo,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { accountQuery, useMay } from "@/features/account/api";
import { keysKey, keysQuery, revokeKey, type APIKey, type KeyState, type MadeKey } from "./api";
import { takeKey } from "./keyAtHand";
import { KeySecret } from "./KeySecret";
import { keyMessages as text } from "./messages";
import { NewKeyDrawer } from "./NewKeyDrawer";
import { RefusedKeys } from "./RefusedKeys";
import { RotateDialog } from "./RotateDialog";

const route = getRouteApi("/_app/keys");
const TONES: Record<KeyState, StatusTone> = { active: "success", expired: "warning", revoked: "off" };
type Step = { kind: "rotate" | "revoke"; key: APIKey };

export function KeyList() {
  const { cursor, create } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(keysQuery({ cursor }));
  const queries = useQueryClient();
  const mayWrite = useMay("keys:write");
  const [step, setStep] = useState<Step | null>(null);
  const [made, setMade] = useState<MadeKey | null>(null);
  const close = () => setStep(null);
  const openForm = (isOpen: boolean) =>
    navigate({ search: (previous) => ({ ...previous, create: isOpen || undefined }), replace: true });

  async function refresh() {
    await Promise.all([
      queries.invalidateQueries({ queryKey: keysKey }),
      queries.invalidateQueries({ queryKey: accountQuery().queryKey }),
    ]);
  }

  function show(key: MadeKey) {
    takeKey(key.secret);
    setMade(key);
    close();
    void openForm(false);
    void refresh();
  }

  async function revoke(key: APIKey) {
    await revokeKey(key.id);
    showDone(text.revoked(key.name));
    await refresh();
  }

  const actions: Column<APIKey> = {
    key: "action",
    header: text.columns.action,
    cell: (key) =>
      key.state === "active" && (
        <Group gap="sm" wrap="nowrap">
          <Button variant="default" onClick={() => setStep({ kind: "rotate", key })}>
            {text.rotate}
          </Button>
          <Button variant="default" onClick={() => setStep({ kind: "revoke", key })}>
            {text.revoke}
          </Button>
        </Group>
      ),
  };
  const createButton = mayWrite && <Button onClick={() => void openForm(true)}>{text.create}</Button>;
  const isEmpty = query.data?.items.length === 0 && cursor === undefined;
  return (
    <Stack gap="md">
      <PageHeader title={text.title} description={text.description} actions={!isEmpty && createButton} />
      <RefusedKeys />
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : isEmpty ? (
        <EmptyState title={text.firstUseTitle} action={createButton}>
          {text.firstUse}
        </EmptyState>
      ) : (
        <DataTable
          label={text.title}
          columns={mayWrite ? [...columns, actions] : columns}
          rows={query.data?.items}
          rowKey={(key) => key.id}
          isFetching={query.isFetching}
          paging={{
            cursor,
            nextCursor: query.data?.next_cursor,
            onFirst: () => void navigate({ search: {} }),
            onNext: (next) => void navigate({ search: { cursor: next } }),
          }}
        />
      )}
      <NewKeyDrawer isOpen={mayWrite && create === true} onClose={() => void openForm(false)} onMade={show} />
      <RotateDialog apiKey={step?.kind === "rotate" ? step.key : null} onClose={close} onMade={show} />
      <ConfirmDialog
        isOpen={step?.kind === "revoke"}
        onClose={close}
        title={step?.kind === "revoke" ? text.revokeTitle(step.key.name) : ""}
        action={text.revoke}
        isDangerous
        onConfirm={async () => step?.kind === "revoke" && revoke(step.key)}
      >
        {text.revokeText}
      </ConfirmDialog>
      <KeySecret made={made} onClose={() => setMade(null)} />
    </Stack>
  );
}

const columns: Column<APIKey>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (key) => (
      <Group gap="sm" wrap="nowrap">
        {key.name}
        {key.is_test && <StatusBadge tone="neutral">{text.test}</StatusBadge>}
      </Group>
    ),
  },
  {
    key: "key",
    header: text.columns.key,
    cell: (key) => (
      <span className="or-mono or-whole">
        {key.prefix}…{key.last_four}
      </span>
    ),
  },
  { key: "scopes", header: text.columns.scopes, cell: (key) => <CodeList words={key.scopes} /> },
  {
    key: "state",
    header: text.columns.state,
    cell: (key) => (
      <>
        <StatusBadge tone={TONES[key.state]}>{text.states[key.state]}</StatusBadge>
        {key.previous_until && Date.parse(key.previous_until) > Date.now() && (
          <Text size="xs" c="dimmed">
            {text.overlap(formatDateTime(key.previous_until))}
          </Text>
        )}
      </>
    ),
  },
  {
    key: "used",
    header: text.columns.used,
    cell: (key) => (
      <>
        <span className="or-whole">
          <TimeAgo at={key.last_used_at} />
        </span>
        {key.last_used_address && (
          <Text size="xs" c="dimmed">
            {text.from(key.last_used_address)}
          </Text>
        )}
      </>
    ),
  },
  { key: "expires", header: text.columns.expires, cell: (key) => <Moment at={key.expires_at} /> },
];
