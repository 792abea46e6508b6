import { Button, Group } from "@mantine/core";
import {
  DataTable,
  formatList,
  Moment,
  Section,
  showDone,
  showProblem,
  TimeAgo,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { invitationsQuery, resendInvitation, revokeInvitation, userKeys, type Invitation } from "./api";
import { userMessages } from "./messages";

const text = userMessages.invitations;

/** Invitations that nobody has answered; nothing at all where there are none. */
export function OpenInvitations({ mayChange }: { mayChange: boolean }) {
  const invitations = useQuery(invitationsQuery()).data?.items ?? [];
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: userKeys.invitations });
  const done = (message: string) => () => {
    showDone(message);
    void refresh();
  };
  const resend = useMutation({
    mutationFn: resendInvitation,
    onSuccess: done(text.resent),
    onError: showProblem,
  });
  const revoke = useMutation({
    mutationFn: revokeInvitation,
    onSuccess: done(text.revoked),
    onError: showProblem,
  });
  if (invitations.length === 0) return null;

  const actions: Column<Invitation> = {
    key: "action",
    header: text.columns.action,
    cell: (one) => (
      <Group gap="sm" wrap="nowrap">
        <Button variant="default" onClick={() => resend.mutate(one.id)}>
          {text.resend}
        </Button>
        <Button variant="default" onClick={() => revoke.mutate(one.id)}>
          {text.revoke}
        </Button>
      </Group>
    ),
  };
  return (
    <Section title={text.title}>
      <DataTable
        label={text.title}
        columns={mayChange ? [...columns, actions] : columns}
        rows={invitations}
        rowKey={(one) => one.id}
      />
    </Section>
  );
}

const columns: Column<Invitation>[] = [
  { key: "email", header: text.columns.email, cell: (one) => one.email },
  { key: "roles", header: text.columns.roles, cell: (one) => formatList(one.roles.map((role) => role.name)) },
  { key: "by", header: text.columns.by, cell: (one) => one.invited_by?.full_name },
  { key: "sent", header: text.columns.sent, cell: (one) => <TimeAgo at={one.sent_at} /> },
  { key: "expires", header: text.columns.expires, cell: (one) => <Moment at={one.expires_at} /> },
];
