import { Button, Select, Stack } from "@mantine/core";
import {
  ConfirmDialog,
  DataTable,
  ErrorState,
  Moment,
  PageHeader,
  Section,
  showDone,
  showProblem,
  StatusBadge,
  TimeAgo,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccount, useMay } from "@/features/account/api";
import { changeRole, removeMember, teamQuery, withdraw, type Invitation, type Member } from "./api";
import { InviteDrawer } from "./InviteDrawer";
import { roleNames, teamMessages as text } from "./messages";
import { rolesGivenBy } from "./roles";

export function TeamPage() {
  const query = useQuery(teamQuery());
  const mayWrite = useMay("team:write");
  const [isInviting, setIsInviting] = useState(false);
  return (
    <Stack gap="xl">
      <PageHeader
        title={text.title}
        description={text.description}
        actions={mayWrite && <Button onClick={() => setIsInviting(true)}>{text.invite}</Button>}
      />
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <Section title={text.people}>
            <People members={query.data?.members} mayWrite={mayWrite} />
          </Section>
          {query.data && query.data.invitations.length > 0 && (
            <Section title={text.invitations}>
              <Invitations invitations={query.data.invitations} mayWrite={mayWrite} />
            </Section>
          )}
        </>
      )}
      <InviteDrawer isOpen={isInviting} onClose={() => setIsInviting(false)} />
    </Stack>
  );
}

function People({ members, mayWrite }: { members: Member[] | undefined; mayWrite: boolean }) {
  const account = useAccount();
  const queries = useQueryClient();
  const [leaving, setLeaving] = useState<Member | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: teamQuery().queryKey });
  const change = useMutation({
    mutationFn: changeRole,
    onSuccess: (member) => {
      showDone(text.changed(member.full_name, roleNames[member.role]));
      void refresh();
    },
    onError: showProblem,
  });
  const given = rolesGivenBy(account?.role);

  const columns: Column<Member>[] = [
    {
      key: "name",
      header: text.columns.name,
      cell: (member) => (
        <>
          {member.full_name}{" "}
          {member.id === account?.user_id && <StatusBadge tone="neutral">{text.you}</StatusBadge>}
        </>
      ),
    },
    { key: "email", header: text.columns.email, cell: (member) => member.email },
    {
      key: "role",
      header: text.columns.role,
      cell: (member) =>
        mayWrite && given.includes(member.role) ? (
          <Select
            aria-label={text.roleOf(member.full_name)}
            w={150}
            data={given.map((role) => ({ value: role, label: roleNames[role] }))}
            value={member.role}
            disabled={change.isPending}
            onChange={(role) => role && role !== member.role && change.mutate({ id: member.id, role })}
          />
        ) : (
          roleNames[member.role]
        ),
    },
    { key: "since", header: text.columns.since, cell: (member) => <TimeAgo at={member.created_at} /> },
  ];
  const action: Column<Member> = {
    key: "action",
    header: text.columns.action,
    cell: (member) =>
      member.id !== account?.user_id &&
      given.includes(member.role) && (
        <Button variant="default" onClick={() => setLeaving(member)}>
          {text.remove}
        </Button>
      ),
  };

  async function remove(member: Member) {
    await removeMember(member.id);
    showDone(text.removed(member.full_name));
    await refresh();
  }

  return (
    <>
      <DataTable
        label={text.people}
        columns={mayWrite ? [...columns, action] : columns}
        rows={members}
        rowKey={(member) => member.id}
      />
      <ConfirmDialog
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        title={leaving ? text.removeTitle(leaving.full_name) : ""}
        action={text.remove}
        isDangerous
        onConfirm={async () => leaving && remove(leaving)}
      >
        {text.removeText}
      </ConfirmDialog>
    </>
  );
}

function Invitations({ invitations, mayWrite }: { invitations: Invitation[]; mayWrite: boolean }) {
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (one: Invitation) => withdraw(one.id),
    onSuccess: (_, one) => {
      showDone(text.withdrawn(one.email));
      void queries.invalidateQueries({ queryKey: teamQuery().queryKey });
    },
    onError: showProblem,
  });
  const columns: Column<Invitation>[] = [
    { key: "email", header: text.columns.email, cell: (one) => one.email },
    { key: "role", header: text.columns.role, cell: (one) => roleNames[one.role] },
    { key: "expires", header: text.columns.expires, cell: (one) => <Moment at={one.expires_at} /> },
  ];
  const action: Column<Invitation> = {
    key: "action",
    header: text.columns.action,
    cell: (one) => (
      <Button variant="default" onClick={() => end.mutate(one)}>
        {text.withdraw}
      </Button>
    ),
  };
  return (
    <DataTable
      label={text.invitations}
      columns={mayWrite ? [...columns, action] : columns}
      rows={invitations}
      rowKey={(one) => one.id}
    />
  );
}
