/** One role: what it permits, and changing that with the difference shown first. */
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { Callout, ConfirmDialog, ErrorState, PageHeader, showDone } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { changeRole, permissionsQuery, removeRole, roleKeys, roleQuery, type Role } from "./api";
import { roleMessages as text } from "./messages";
import { permissionChange } from "./permissionChange";
import { PermissionDiff } from "./PermissionDiff";
import { RoleForm, type RoleDraft } from "./RoleForm";

const route = getRouteApi("/_app/roles/$roleId");

export function RolePage() {
  const { roleId } = route.useParams();
  const role = useQuery(roleQuery(roleId));
  if (role.isError) return <ErrorState error={role.error} onRetry={() => void role.refetch()} />;
  if (!role.data) return <Skeleton height={320} />;
  // A fresh tag means a fresh role: the draft begins again from it.
  return <RoleEditor key={role.data.etag} stored={role.data} />;
}

function RoleEditor({ stored }: { stored: Tagged<Role> }) {
  const role = stored.body;
  const catalogue = useQuery(permissionsQuery()).data?.items ?? [];
  const queries = useQueryClient();
  const router = useRouter();
  const isReadOnly = !useMay("roles:write") || role.is_everything;
  const [draft, setDraft] = useState<RoleDraft>({
    name: role.name,
    description: role.description,
    permissions: new Set(role.permissions),
  });
  const [asking, setAsking] = useState<"save" | "remove" | null>(null);
  const [isOutdated, setIsOutdated] = useState(false);
  const change = permissionChange(role.permissions, draft.permissions);
  const isChanged =
    draft.name !== role.name ||
    draft.description !== role.description ||
    change.gained.length + change.lost.length > 0;

  async function save() {
    try {
      const { name, description, permissions } = draft;
      await changeRole(role.id, { name, description, permissions: [...permissions].sort() }, stored.etag);
    } catch (problem) {
      if (isProblem(problem) && problem.status === 412) setIsOutdated(true);
      throw problem;
    }
    showDone(text.saved);
    await queries.invalidateQueries({ queryKey: roleKeys.all });
  }

  async function remove() {
    await removeRole(role.id);
    showDone(text.removed);
    await queries.invalidateQueries({ queryKey: roleKeys.all });
    await router.navigate({ to: "/roles" });
  }

  return (
    <Stack gap="md">
      <PageHeader
        title={role.name}
        description={role.is_everything ? text.isEverything : text.members(role.member_count)}
        actions={
          !isReadOnly && (
            <Button variant="default" onClick={() => setAsking("remove")}>
              {text.remove}
            </Button>
          )
        }
      />
      {isOutdated && (
        <Callout
          tone="warning"
          role="alert"
          title={text.conflict}
          actions={
            <Button
              variant="default"
              onClick={() => void queries.invalidateQueries({ queryKey: roleKeys.all })}
            >
              {text.reload}
            </Button>
          }
        />
      )}
      <RoleForm draft={draft} onChange={setDraft} catalogue={catalogue} isReadOnly={isReadOnly} />
      {!isReadOnly && (
        <Group gap="sm">
          <Button disabled={!isChanged} onClick={() => setAsking("save")}>
            {text.save}
          </Button>
        </Group>
      )}
      <ConfirmDialog
        isOpen={asking === "save"}
        onClose={() => setAsking(null)}
        title={text.reviewTitle}
        action={text.save}
        onConfirm={save}
      >
        <Stack gap="sm">
          {text.reviewText(role.member_count)}
          <PermissionDiff change={change} />
        </Stack>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asking === "remove"}
        onClose={() => setAsking(null)}
        title={text.removeTitle(role.name)}
        action={text.remove}
        isDangerous
        onConfirm={remove}
      >
        {text.removeText(role.member_count)}
      </ConfirmDialog>
    </Stack>
  );
}
