/** One member: roles with their effect, suspension, sessions, removal. */
import { Button, Skeleton, Stack, Text } from "@mantine/core";
import {
  ConfirmDialog,
  CopyId,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  Section,
  showDone,
} from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useMay, useMe } from "@/features/account/api";
import rolesStyles from "@/features/roles/roles.module.css";
import { endUserSessions, removeUser, setUserActive, userKeys, userQuery, type UserDetail } from "./api";
import { userMessages } from "./messages";
import { UserRoles } from "./UserRoles";
import { UserState } from "./UserState";

const text = userMessages.detail;
const route = getRouteApi("/_app/users/$userId");
type Step = "suspend" | "remove" | "end_sessions";

export function UserPage() {
  const { userId } = route.useParams();
  const user = useQuery(userQuery(userId));
  if (user.isError) return <ErrorState error={user.error} onRetry={() => void user.refetch()} />;
  if (!user.data) return <Skeleton height={320} />;
  return <UserView stored={user.data} />;
}

function UserView({ stored }: { stored: Tagged<UserDetail> }) {
  const user = stored.body;
  const mayWrite = useMay("users:write");
  const isSelf = useMe()?.user.id === user.id;
  return (
    <Stack gap="xl">
      <div>
        <PageHeader
          title={user.full_name || user.email}
          meta={
            <>
              <UserState state={user.state} />
              <CopyId id={user.id} label={text.copyId} />
            </>
          }
          actions={mayWrite && !isSelf && <UserActions user={user} />}
        />
        <Facts>
          <Fact name={text.email}>{user.email}</Fact>
          <Fact name={text.joined}>
            <Moment at={user.joined_at} />
          </Fact>
        </Facts>
      </div>
      <UserRoles key={stored.etag} stored={stored} mayWrite={mayWrite} />
      <Section title={text.permissionsTitle}>
        {user.permissions.length === 0 && <Text c="dimmed">{text.noPermissions}</Text>}
        <ul className={rolesStyles.permissions}>
          {user.permissions.map((permission) => (
            <li key={permission} className="or-mono">
              {permission}
            </li>
          ))}
        </ul>
      </Section>
    </Stack>
  );
}

function UserActions({ user }: { user: UserDetail }) {
  const name = user.full_name || user.email;
  const queries = useQueryClient();
  const router = useRouter();
  const [step, setStep] = useState<Step | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: userKeys.all });

  async function setActive(isActive: boolean) {
    await setUserActive(user.id, isActive);
    showDone(isActive ? text.resumed(name) : text.suspended(name));
    await refresh();
  }

  async function remove() {
    await removeUser(user.id);
    showDone(text.removed(name));
    await refresh();
    await router.navigate({ to: "/users", search: {} });
  }

  async function endSessions() {
    await endUserSessions(user.id);
    showDone(text.sessionsEnded);
  }

  const dialog = { onClose: () => setStep(null), isDangerous: true };
  return (
    <>
      <Button variant="default" onClick={() => setStep("end_sessions")}>
        {text.endSessions}
      </Button>
      {user.state === "suspended" ? (
        <Button variant="default" onClick={() => void setActive(true)}>
          {text.resume}
        </Button>
      ) : (
        <Button variant="default" onClick={() => setStep("suspend")}>
          {text.suspend}
        </Button>
      )}
      <Button variant="default" onClick={() => setStep("remove")}>
        {text.remove}
      </Button>
      <ConfirmDialog
        {...dialog}
        isOpen={step === "end_sessions"}
        title={text.endSessionsTitle(name)}
        action={text.endSessions}
        onConfirm={endSessions}
      >
        {text.endSessionsText}
      </ConfirmDialog>
      <ConfirmDialog
        {...dialog}
        isOpen={step === "suspend"}
        title={text.suspendTitle(name)}
        action={text.suspend}
        onConfirm={() => setActive(false)}
      >
        {text.suspendText}
      </ConfirmDialog>
      <ConfirmDialog
        {...dialog}
        isOpen={step === "remove"}
        title={text.removeTitle(name)}
        action={text.remove}
        onConfirm={remove}
      >
        {text.removeText}
      </ConfirmDialog>
    </>
  );
}
