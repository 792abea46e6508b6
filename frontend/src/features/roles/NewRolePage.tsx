import { Button, Group, Stack } from "@mantine/core";
import { ErrorState, PageHeader, showDone } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { createRole, permissionsQuery, roleKeys } from "./api";
import { roleMessages as text } from "./messages";
import { RoleForm, type RoleDraft } from "./RoleForm";

export function NewRolePage() {
  const catalogue = useQuery(permissionsQuery()).data?.items ?? [];
  const queries = useQueryClient();
  const router = useRouter();
  const [draft, setDraft] = useState<RoleDraft>({ name: "", description: "", permissions: new Set() });
  const create = useMutation({
    mutationFn: createRole,
    onSuccess: async (role) => {
      showDone(text.created);
      await queries.invalidateQueries({ queryKey: roleKeys.all });
      await router.navigate({ to: "/roles/$roleId", params: { roleId: role.id } });
    },
  });
  const errors = isProblem(create.error) ? create.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    const { name, description, permissions } = draft;
    create.mutate({ name, description, permissions: [...permissions].sort() });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <PageHeader title={text.create} />
        {create.isError && <ErrorState error={create.error} />}
        <RoleForm draft={draft} onChange={setDraft} catalogue={catalogue} errors={errors} />
        <Group>
          <Button type="submit" loading={create.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
