import { Button, Group } from "@mantine/core";
import {
  CodeList,
  ConfirmDialog,
  Moment,
  showDone,
  StatusBadge,
  TimeAgo,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import {
  revokeServiceKey,
  serviceKeyKeys,
  serviceKeysQuery,
  type ServiceKey,
  type ServiceKeyState,
} from "./api";
import { KeySecret, type MadeKey } from "./KeySecret";
import { serviceKeyMessages as text } from "./messages";
import { NewKeyDrawer } from "./NewKeyDrawer";
import { RotateDialog } from "./RotateDialog";

const route = getRouteApi("/_app/service-keys");
const TONES: Record<ServiceKeyState, StatusTone> = { active: "success", expired: "warning", revoked: "off" };
type Step = { kind: "create" } | { kind: "rotate" | "revoke"; key: ServiceKey };

export function ServiceKeyList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(serviceKeysQuery(search));
  const queries = useQueryClient();
  const mayWrite = useMay("service_keys:write");
  const [step, setStep] = useState<Step | null>(null);
  const [made, setMade] = useState<MadeKey | null>(null);
  const close = () => setStep(null);
  const refresh = () => queries.invalidateQueries({ queryKey: serviceKeyKeys.all });

  function show(key: MadeKey) {
    setMade(key);
    close();
    void refresh();
  }

  async function revoke(key: ServiceKey) {
    await revokeServiceKey(key.id);
    showDone(text.revoked(key.name));
    await refresh();
  }

  const actions: Column<ServiceKey> = {
    key: "action",
    header: text.columns.action,
    cell: (key) =>
      key.state !== "revoked" && (
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
  return (
    <>
      <ListScreen
        text={text}
        list={list}
        query={query}
        columns={mayWrite ? [...columns, actions] : columns}
        actions={mayWrite && <Button onClick={() => setStep({ kind: "create" })}>{text.create}</Button>}
      />
      <NewKeyDrawer isOpen={step?.kind === "create"} onClose={close} onMade={show} />
      <RotateDialog serviceKey={step?.kind === "rotate" ? step.key : null} onClose={close} onMade={show} />
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
    </>
  );
}

const columns: Column<ServiceKey>[] = [
  { key: "name", header: text.columns.name, cell: (key) => <span title={key.description}>{key.name}</span> },
  {
    key: "prefix",
    header: text.columns.prefix,
    cell: (key) => <span className="or-mono or-whole">{key.prefix}…</span>,
  },
  {
    key: "scopes",
    header: text.columns.scopes,
    cell: (key) => <CodeList words={key.scopes} />,
  },
  {
    key: "state",
    header: text.columns.state,
    cell: (key) => <StatusBadge tone={TONES[key.state]}>{text.states[key.state]}</StatusBadge>,
  },
  { key: "used", header: text.columns.used, cell: (key) => <TimeAgo at={key.last_used_at} /> },
  { key: "expires", header: text.columns.expires, cell: (key) => <Moment at={key.expires_at} /> },
  { key: "by", header: text.columns.by, cell: (key) => key.created_by?.full_name },
];
