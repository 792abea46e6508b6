/** The roles of a member; what a change gains and loses is shown before it happens. */
import { Button, Checkbox, Stack } from "@mantine/core";
import { Callout, ConfirmDialog, formatList, Section, showDone } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { rolesQuery } from "@/features/roles/api";
import { permissionChange } from "@/features/roles/permissionChange";
import { PermissionDiff } from "@/features/roles/PermissionDiff";
import { changeUserRoles, userKeys, type UserDetail } from "./api";
import { userMessages } from "./messages";

const text = userMessages.detail;

export function UserRoles({ stored, mayWrite }: { stored: Tagged<UserDetail>; mayWrite: boolean }) {
  const user = stored.body;
  const mayReadRoles = useMay("roles:read");
  const roles = useQuery({ ...rolesQuery(), enabled: mayReadRoles }).data?.items ?? [];
  const queries = useQueryClient();
  const [chosen, setChosen] = useState(user.roles.map((role) => role.id));
  const [isAsking, setIsAsking] = useState(false);
  const [isOutdated, setIsOutdated] = useState(false);
  const before = user.roles.map((role) => role.id).sort();
  const isChanged = before.join() !== [...chosen].sort().join();
  const after = roles.filter((role) => chosen.includes(role.id)).flatMap((role) => role.permissions);
  const refresh = () => queries.invalidateQueries({ queryKey: userKeys.all });

  async function save() {
    try {
      await changeUserRoles(user.id, chosen, stored.etag);
    } catch (problem) {
      if (isProblem(problem) && problem.status === 412) setIsOutdated(true);
      throw problem;
    }
    showDone(text.rolesSaved);
    await refresh();
  }

  if (!mayWrite || !mayReadRoles) {
    return <Section title={text.rolesTitle}>{formatList(user.roles.map((role) => role.name))}</Section>;
  }
  return (
    <Section title={text.rolesTitle}>
      {isOutdated && (
        <Callout
          tone="warning"
          role="alert"
          title={text.conflict}
          actions={
            <Button variant="default" onClick={() => void refresh()}>
              {text.reload}
            </Button>
          }
        />
      )}
      <Checkbox.Group aria-label={text.rolesTitle} value={chosen} onChange={setChosen}>
        <Stack gap="sm">
          {roles.map((role) => (
            <Checkbox key={role.id} value={role.id} label={role.name} description={role.description} />
          ))}
        </Stack>
      </Checkbox.Group>
      <div>
        <Button disabled={!isChanged} onClick={() => setIsAsking(true)}>
          {text.saveRoles}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.reviewTitle(user.full_name || user.email)}
        action={text.saveRoles}
        onConfirm={save}
      >
        <PermissionDiff change={permissionChange(user.permissions, after)} />
      </ConfirmDialog>
    </Section>
  );
}
